/* Nothing: a library that exists only to be linked. */
typedef int empty_translation_unit;
