/* verdict: the three answers a check can give. */
#pragma once

#define VERDICTS(X)                                                                                \
    X(VERDICT_PASS, "pass")                                                                        \
    X(VERDICT_FAIL, "fail")                                                                        \
    X(VERDICT_UNKNOWN, "unknown")

enum verdict {
#define X(id, text) id,
    VERDICTS(X)
#undef X
};
