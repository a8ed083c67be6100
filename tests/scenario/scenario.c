/* scenario: tells every story it is given; all of them must come true. */
#include <stdio.h>

#include "story.h"

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= story_run(argv[i]) < 0;
    if (argc < 2)
        fprintf(stderr, "usage: scenario STORY...\n");
    return argc < 2 || failed;
}
