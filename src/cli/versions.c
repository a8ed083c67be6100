/* versions: asks each library what it is. */
#include "cli/versions.h"

#include <ares.h>
#include <curl/curl.h>
#include <git2.h>
#include <jansson.h>
#include <ldns/ldns.h>
#include <stdio.h>

void versions_read(struct library ret[LIBRARY_COUNT])
{
    int major, minor, patch;
    git_libgit2_version(&major, &minor, &patch);
    ret[0].name = "libgit2";
    snprintf(ret[0].version, sizeof ret[0].version, "%d.%d.%d", major, minor, patch);
    ret[1].name = "libcurl";
    snprintf(ret[1].version, sizeof ret[1].version, "%s",
             curl_version_info(CURLVERSION_NOW)->version);
    ret[2].name = "c-ares";
    snprintf(ret[2].version, sizeof ret[2].version, "%s", ares_version(NULL));
    ret[3].name = "ldns";
    snprintf(ret[3].version, sizeof ret[3].version, "%s", ldns_version());
    ret[4].name = "jansson";
    snprintf(ret[4].version, sizeof ret[4].version, "%s", jansson_version_str());
}
