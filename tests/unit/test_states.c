/* states: every edge of the table is named here, so that an edge that is added or
 * lost shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/states.h"

struct edge {
    const char *from;
    enum ticket_event event;
    const char *to;
};

static const struct edge edges[] = {
    { "proposed", EVENT_APPROVE, "approved" },
    { "proposed", EVENT_EDIT, "proposed" },
    { "approved", EVENT_EDIT, "proposed" },
    { "approved", EVENT_CLAIM, "claimed" },
    { "claimed", EVENT_RELEASE, "approved" },
    { "claimed", EVENT_CAPTURED, "canary" },
    { "claimed", EVENT_NOTHING_LEFT, "done" },
    { "claimed", EVENT_RESUME, "claimed" },
    { "claimed", EVENT_PARK, "parked" },
    { "claimed", EVENT_PAUSE, "paused" },
    { "claimed", EVENT_ABORT, "reverting" },
    { "claimed", EVENT_ROLLBACK, "reverting" },
    { "canary", EVENT_PASS, "baking" },
    { "canary", EVENT_NOTHING_LEFT, "done" },
    { "canary", EVENT_FAIL, "reverting" },
    { "canary", EVENT_UNKNOWN_HOLD, "halted" },
    { "canary", EVENT_PAUSE, "paused" },
    { "canary", EVENT_PARK, "parked" },
    { "canary", EVENT_RESUME, "canary" },
    { "canary", EVENT_ABORT, "reverting" },
    { "canary", EVENT_ROLLBACK, "reverting" },
    { "baking", EVENT_BAKED, "wave" },
    { "baking", EVENT_NOTHING_LEFT, "done" },
    { "baking", EVENT_FAIL, "reverting" },
    { "baking", EVENT_UNKNOWN_HOLD, "halted" },
    { "baking", EVENT_PAUSE, "paused" },
    { "baking", EVENT_PARK, "parked" },
    { "baking", EVENT_RESUME, "baking" },
    { "baking", EVENT_ABORT, "reverting" },
    { "baking", EVENT_ROLLBACK, "reverting" },
    { "wave", EVENT_PASS, "wave" },
    { "wave", EVENT_NOTHING_LEFT, "done" },
    { "wave", EVENT_FAIL, "reverting" },
    { "wave", EVENT_UNKNOWN_HOLD, "halted" },
    { "wave", EVENT_PAUSE, "paused" },
    { "wave", EVENT_PARK, "parked" },
    { "wave", EVENT_RESUME, "wave" },
    { "wave", EVENT_ABORT, "reverting" },
    { "wave", EVENT_ROLLBACK, "reverting" },
    { "done", EVENT_ROLLBACK, "reverting" },
    { "reverting", EVENT_ALL_BACK, "reverted" },
    { "reverting", EVENT_SOME_BACK, "partly_reverted" },
    { "reverting", EVENT_BLOCKED, "revert_blocked" },
    { "reverting", EVENT_RESUME, "reverting" },
    { "reverting", EVENT_ABORT, "reverting" },
    { "reverting", EVENT_ROLLBACK, "reverting" },
    { "reverted", EVENT_AGAIN, "claimed" },
    { "reverted", EVENT_ROLLBACK, "reverting" },
    { "partly_reverted", EVENT_AGAIN, "claimed" },
    { "partly_reverted", EVENT_ROLLBACK, "reverting" },
    { "revert_blocked", EVENT_ABORT, "reverting" },
    { "revert_blocked", EVENT_ROLLBACK, "reverting" },
    { "halted", EVENT_RESUME, "canary" },
    { "halted", EVENT_ABORT, "reverting" },
    { "halted", EVENT_ROLLBACK, "reverting" },
    { "paused", EVENT_RESUME, "canary" },
    { "paused", EVENT_PARK, "parked" },
    { "paused", EVENT_ABORT, "reverting" },
    { "paused", EVENT_ROLLBACK, "reverting" },
    { "parked", EVENT_RESUME, "canary" },
    { "parked", EVENT_PAUSE, "paused" },
    { "parked", EVENT_ABORT, "reverting" },
    { "parked", EVENT_ROLLBACK, "reverting" },
};
#define EDGES (sizeof edges / sizeof *edges)

static const struct edge *edge_find(enum ticket_state from, enum ticket_event event)
{
    for (size_t i = 0; i < EDGES; i++)
        if (edges[i].event == event && strcmp(edges[i].from, ticket_state_text(from)) == 0)
            return &edges[i];
    return NULL;
}

static void edges_are_these(void **state)
{
    (void)state;
    for (int from = 0; from < TICKET_STATE_COUNT; from++) {
        for (int event = 0; event < TICKET_EVENT_COUNT; event++) {
            const struct edge *edge = edge_find((enum ticket_state)from, (enum ticket_event)event);
            enum ticket_state to = TICKET_STATE_COUNT;
            bool found = ticket_next((enum ticket_state)from, (enum ticket_event)event, &to);
            if (found != (edge != NULL))
                fail_msg("%s, %s: an edge too many or missing",
                         ticket_state_text((enum ticket_state)from),
                         ticket_event_text((enum ticket_event)event));
            if (edge)
                assert_string_equal(ticket_state_text(to), edge->to);
            else
                assert_int_equal(to, TICKET_STATE_COUNT);
        }
    }
}

static bool leaves(enum ticket_state from)
{
    enum ticket_state to;
    for (int event = 0; event < TICKET_EVENT_COUNT; event++)
        if (ticket_next(from, (enum ticket_event)event, &to))
            return true;
    return false;
}

static void whatever_is_not_final_has_a_way_out(void **state)
{
    (void)state;
    for (int from = 0; from < TICKET_STATE_COUNT; from++)
        if (!ticket_state_final((enum ticket_state)from) && !leaves((enum ticket_state)from))
            fail_msg("no way out of %s", ticket_state_text((enum ticket_state)from));
}

static void every_event_is_used(void **state)
{
    (void)state;
    for (int event = 0; event < TICKET_EVENT_COUNT; event++) {
        size_t n = 0;
        for (size_t i = 0; i < EDGES; i++)
            n += edges[i].event == (enum ticket_event)event;
        assert_true(n > 0);
    }
}

/* Whatever may have written can be told to put it back. */
static void writers_can_be_rolled_back(void **state)
{
    (void)state;
    for (int from = 0; from < TICKET_STATE_COUNT; from++) {
        enum ticket_state to, s = (enum ticket_state)from;
        if (s == TICKET_PROPOSED || s == TICKET_APPROVED || s == TICKET_SUPERSEDED)
            continue;
        assert_true(ticket_next(s, EVENT_ROLLBACK, &to));
        assert_int_equal(to, TICKET_REVERTING);
    }
}

static void active_is_not_final(void **state)
{
    (void)state;
    for (int s = 0; s < TICKET_STATE_COUNT; s++)
        assert_int_equal(ticket_state_active((enum ticket_state)s),
                         !ticket_state_final((enum ticket_state)s));
    assert_true(ticket_state_active(TICKET_PARKED));
    assert_true(ticket_state_active(TICKET_REVERTING));
    assert_true(ticket_state_final(TICKET_REVERT_BLOCKED));
    assert_true(ticket_state_final(TICKET_PROPOSED));
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int s = 0; s < TICKET_STATE_COUNT; s++) {
        enum ticket_state back;
        assert_true(ticket_state_parse(ticket_state_text((enum ticket_state)s), &back));
        assert_int_equal(back, s);
    }
    for (int s = 0; s < DOMAIN_STATE_COUNT; s++) {
        enum domain_state back;
        assert_true(domain_state_parse(domain_state_text((enum domain_state)s), &back));
        assert_int_equal(back, s);
    }
    enum ticket_state none = TICKET_DONE;
    assert_false(ticket_state_parse("Done", &none));
    assert_false(ticket_state_parse("", &none));
    assert_false(ticket_state_parse(NULL, &none));
    assert_int_equal(none, TICKET_DONE);
    assert_string_equal(ticket_state_text(TICKET_STATE_COUNT), "?");
    assert_string_equal(set_class_text(CLASS_UNMANAGED), "unmanaged");
}

static void the_table_prints_every_edge(void **state)
{
    (void)state;
    BUF_SCOPED out = BUF(1u << 16);
    states_print(&out);
    assert_false(buf_full(&out));
    size_t lines = 0;
    for (const char *p = buf_text(&out); *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 2 + EDGES + 1); /* head, edges, superseded */
    assert_non_null(strstr(buf_text(&out), "| proposed | approved | approved |\n"));
    assert_non_null(strstr(buf_text(&out), "| superseded | nothing: final | |\n"));
    for (int s = 0; s < TICKET_STATE_COUNT; s++)
        assert_non_null(strstr(buf_text(&out), ticket_state_text((enum ticket_state)s)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_these),
        cmocka_unit_test(whatever_is_not_final_has_a_way_out),
        cmocka_unit_test(every_event_is_used),
        cmocka_unit_test(writers_can_be_rolled_back),
        cmocka_unit_test(active_is_not_final),
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(the_table_prints_every_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
