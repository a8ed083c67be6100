/* floor: the least that changing one RRset in many zones can take.
 *
 *   floor [-c CONCURRENCY] [-n] API KEY NAMESERVER:PORT ZONES
 *
 * For each zone named in the file ZONES (one per line): GET the whole zone,
 * PATCH one TXT set, with -n PUT notify, then ask the name server for that set
 * until it answers with the new value.  API is .../servers/localhost.  Prints
 * seconds, and the calls and queries made.  No record, no check, no retry of a
 * call: a program that does a rollout's work cannot be faster on this server. */
#include "server.h"

#include <curl/curl.h>
#include <ldns/ldns.h>
#include <poll.h>

enum { DNS_IN_FLIGHT = 100, RESEND_US = 2000000, PACKET = 1232 };

enum step { STEP_GET, STEP_PATCH, STEP_NOTIFY, STEP_QUERY, STEP_DONE };

struct zone {
    char *name; /* with final dot */
    enum step step;
    int64_t asked_us; /* 0: not asked */
};

struct call {
    CURL *easy;
    struct zone *zone;
    char body[2048];
};

static struct zone *zones;
static size_t n_zones, n_started, n_done, n_calls, n_queries;
static struct zone **asking; /* waiting for an answer, or to ask */
static size_t n_asking;
static const char *api;
static char value[64];
static bool notify;
static CURLM *multi;
static struct curl_slist *headers;
static int dns_fd;

static size_t swallow(char *bytes, size_t size, size_t n, void *arg)
{
    (void)bytes, (void)arg;
    return size * n;
}

static void call_start(struct call *call)
{
    static const char *const methods[] = { "GET", "PATCH", "PUT" };
    char url[2048];
    struct zone *zone = call->zone;
    snprintf(url, sizeof url, "%s/zones/%s%s", api, zone->name,
             zone->step == STEP_NOTIFY ? "/notify" : "");
    curl_easy_reset(call->easy);
    curl_easy_setopt(call->easy, CURLOPT_URL, url);
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    if (zone->step != STEP_GET) {
        snprintf(call->body, sizeof call->body,
                 "{\"rrsets\":[{\"name\":\"_floor.%s\",\"type\":\"TXT\",\"ttl\":60,"
                 "\"changetype\":\"REPLACE\",\"records\":[{\"content\":\"\\\"%s\\\"\","
                 "\"disabled\":false}]}]}",
                 zone->name, value);
        curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS,
                         zone->step == STEP_PATCH ? call->body : "");
    }
    curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, methods[zone->step]);
    curl_multi_add_handle(multi, call->easy);
    n_calls++;
}

static bool call_next(struct call *call)
{
    if (n_started == n_zones)
        return false;
    call->zone = &zones[n_started++];
    call_start(call);
    return true;
}

static void call_done(struct call *call, CURLcode code)
{
    struct zone *zone = call->zone;
    long status = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi, call->easy);
    if (code != CURLE_OK || status / 100 != 2) {
        fprintf(stderr, "floor: %s step %d: %s, status %ld\n", zone->name, (int)zone->step,
                curl_easy_strerror(code), status);
        exit(1);
    }
    zone->step++;
    if (zone->step == STEP_NOTIFY && !notify)
        zone->step++;
    if (zone->step < STEP_QUERY) {
        call_start(call);
        return;
    }
    asking[n_asking++] = zone;
    call_next(call);
}

/* Queries. */

static void ask(struct zone *zone)
{
    uint8_t *wire = NULL;
    size_t len = 0;
    char name[1100];
    snprintf(name, sizeof name, "_floor.%s", zone->name);
    ldns_pkt *query =
        ldns_pkt_query_new(ldns_dname_new_frm_str(name), LDNS_RR_TYPE_TXT, LDNS_RR_CLASS_IN, 0);
    ldns_pkt_set_id(query, (uint16_t)(zone - zones)); /* told apart by name, too */
    if (!query || ldns_pkt2wire(&wire, query, &len) != LDNS_STATUS_OK)
        die("query");
    if (send(dns_fd, wire, len, 0) > 0)
        n_queries++;
    ldns_pkt_free(query);
    free(wire);
    zone->asked_us = now_us();
}

static void answer_take(const uint8_t *packet, size_t n)
{
    for (size_t i = 0; n > 12 && i < n_asking; i++) {
        struct zone *zone = asking[i];
        if (!zone->asked_us || (uint16_t)(zone - zones) != (packet[0] << 8 | packet[1]))
            continue;
        zone->asked_us = 0;
        if (!memmem(packet, n, value, strlen(value)))
            return; /* not yet: asked again */
        zone->step = STEP_DONE;
        n_done++;
        asking[i] = asking[--n_asking];
        return;
    }
}

static void queries_turn(void)
{
    uint8_t packet[PACKET];
    ssize_t n;
    while ((n = recv(dns_fd, packet, sizeof packet, 0)) > 0)
        answer_take(packet, (size_t)n);
    int64_t now = now_us();
    for (size_t i = 0; i < n_asking && i < DNS_IN_FLIGHT; i++)
        if (!asking[i]->asked_us || now - asking[i]->asked_us > RESEND_US)
            ask(asking[i]);
}

static void run(size_t concurrency)
{
    struct call *calls = must(calloc(concurrency, sizeof *calls));
    for (size_t i = 0; i < concurrency; i++) {
        calls[i].easy = must(curl_easy_init());
        call_next(&calls[i]);
    }
    while (n_done < n_zones) {
        struct curl_waitfd extra = { .fd = dns_fd, .events = CURL_WAIT_POLLIN };
        CURLMsg *msg;
        int left;
        curl_multi_poll(multi, &extra, 1, 100, NULL);
        curl_multi_perform(multi, &left);
        while ((msg = curl_multi_info_read(multi, &left))) {
            struct call *call = NULL;
            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&call);
            call_done(call, msg->data.result);
        }
        queries_turn();
    }
    for (size_t i = 0; i < concurrency; i++)
        curl_easy_cleanup(calls[i].easy);
    free(calls);
}

static void zones_read(const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!f)
        die(path);
    while (getline(&line, &cap, f) > 0) {
        size_t len = strcspn(line, "\r\n");
        if (!len)
            continue;
        line[len] = '\0';
        zones = must(realloc(zones, (n_zones + 1) * sizeof *zones));
        char *name = must(malloc(len + 2));
        sprintf(name, line[len - 1] == '.' ? "%s" : "%s.", line);
        zones[n_zones++] = (struct zone){ .name = name };
    }
    free(line);
    fclose(f);
    asking = must(calloc(n_zones ? n_zones : 1, sizeof *asking));
}

static void dns_open(const char *text)
{
    struct sockaddr_storage address;
    char host[64] = "";
    unsigned port = 53;
    if (sscanf(text, "%63[^:]:%u", host, &port) < 1)
        die(text);
    socklen_t len = address_fill(host, port, &address);
    dns_fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (dns_fd < 0 || connect(dns_fd, (struct sockaddr *)&address, len) < 0)
        die(text);
}

static void finish(void)
{
    curl_slist_free_all(headers);
    curl_multi_cleanup(multi);
    for (size_t i = 0; i < n_zones; i++)
        free(zones[i].name);
    free(zones);
    free(asking);
    close(dns_fd);
}

int main(int argc, char **argv)
{
    size_t concurrency = 8;
    char key[512];
    for (int opt; (opt = getopt(argc, argv, "c:n")) != -1;) {
        if (opt == 'c')
            concurrency = strtoul(optarg, NULL, 10);
        else if (opt == 'n')
            notify = true;
        else
            return 2;
    }
    if (argc - optind != 4 || !concurrency) {
        fprintf(stderr, "usage: floor [-c CONCURRENCY] [-n] API KEY NAMESERVER:PORT ZONES\n");
        return 2;
    }
    api = argv[optind];
    snprintf(key, sizeof key, "X-API-Key: %s", argv[optind + 1]);
    headers = curl_slist_append(NULL, key);
    dns_open(argv[optind + 2]);
    zones_read(argv[optind + 3]);
    snprintf(value, sizeof value, "floor-%lld", (long long)now_us());
    multi = must(curl_multi_init());
    int64_t start = now_us();
    run(concurrency);
    printf("%.3f s, %zu zones, %zu calls, %zu queries\n", (double)(now_us() - start) / 1e6, n_zones,
           n_calls, n_queries);
    finish();
    return 0;
}
