/* SPDX-License-Identifier: Apache-2.0 */
/* How a bucket's configuration is put and read. */
#include "documents.h"

struct ask put_of(const char *target, const char *text)
{
    return (struct ask){
        .method = "PUT", .target = target, .body = text, .n = strlen(text), .with_md5 = true};
}

const char *get_text(struct door *d, const char *target)
{
    static char text[1 << 16];
    struct answer a = door_send(d, "GET", target, NULL);
    if (a.status != 200 || strncmp(a.body, DECLARATION, strlen(DECLARATION)) != 0) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    assert_string_equal(answer_header(&a, "Content-Type"), "application/xml");
    (void)snprintf(text, sizeof(text), "%s", a.body + strlen(DECLARATION));
    answer_free(&a);
    return text;
}
