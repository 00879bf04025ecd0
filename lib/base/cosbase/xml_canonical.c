/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical XML by libxml2, which has had it since 2002; we say which nodes are meant. */
#include "cosbase/xml_canonical.h"

#include "cosbase/xml_library.h"

struct selection {
    const struct xml_library *lib;
    const xmlNode *root;
    const xmlChar *without;
};

static bool is_called(const struct selection *s, const xmlNode *n, const xmlChar *name)
{
    return n->type == XML_ELEMENT_NODE && name != NULL && s->lib->xmlStrEqual(n->name, name);
}

/* Namespaces are no nodes with a parent of their own: libxml2 says whose they are. */
static int is_selected(void *ctx, xmlNodePtr node, xmlNodePtr parent)
{
    const struct selection *s = ctx;
    const xmlNode *n = node->type == XML_NAMESPACE_DECL ? parent : node;
    for (; n != NULL; n = n->parent) {
        if (is_called(s, n, s->without)) {
            return 0;
        }
        if (n == s->root) {
            return 1;
        }
    }
    return 0;
}

/* In the order of the document. */
static const xmlNode *find(const struct selection *s, const xmlNode *n, const xmlChar *name)
{
    for (; n != NULL; n = n->next) {
        const xmlNode *below = is_called(s, n, name) ? n : NULL;
        if (below == NULL && n->type == XML_ELEMENT_NODE) {
            below = find(s, n->children, name);
        }
        if (below != NULL) {
            return below;
        }
    }
    return NULL;
}

static bool append(struct cos_buf *out, xmlDoc *doc, const struct selection *s)
{
    const struct xml_library *lib = s->lib;
    xmlOutputBuffer *text = lib->xmlAllocOutputBuffer(NULL);
    bool ok = text != NULL && lib->xmlC14NExecute(doc, is_selected, (void *)(uintptr_t)s,
                                                  XML_C14N_EXCLUSIVE_1_0,
                                                  /* inclusive_ns_prefixes= */ NULL,
                                                  /* with_comments= */ 0, text) >= 0;
    if (ok) {
        cos_buf_span(out, cos_span_make((const char *)lib->xmlOutputBufferGetContent(text),
                                        lib->xmlOutputBufferGetSize(text)));
    }
    (void)lib->xmlOutputBufferClose(text);
    return ok && !out->failed;
}

bool cos_xml_canonical(struct cos_buf *out, struct cos_span text, const char *name,
                       const char *without)
{
    struct selection s = {.lib = xml_library(), .without = (const xmlChar *)without};
    if (s.lib->complaint != NULL) {
        return false;
    }
    xmlDoc *doc =
        text.len > INT32_MAX
            ? NULL
            : s.lib->xmlReadMemory(text.ptr, (int)text.len, /* URL= */ NULL,
                                   /* encoding= */ NULL,
                                   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    s.root = doc == NULL ? NULL : find(&s, doc->children, (const xmlChar *)name);
    bool ok = s.root != NULL && append(out, doc, &s);
    s.lib->xmlFreeDoc(doc);
    return ok;
}
