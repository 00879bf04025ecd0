/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical XML by libxml2, which has had it since 2002; we say which nodes are meant. */
#include "cosbase/xml_canonical.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>

struct selection {
    const xmlNode *root;
    const xmlChar *without;
};

static bool is_called(const xmlNode *n, const xmlChar *name)
{
    return n->type == XML_ELEMENT_NODE && name != NULL && xmlStrEqual(n->name, name);
}

/* Namespaces are no nodes with a parent of their own: libxml2 says whose they are. */
static int is_selected(void *ctx, xmlNodePtr node, xmlNodePtr parent)
{
    const struct selection *s = ctx;
    const xmlNode *n = node->type == XML_NAMESPACE_DECL ? parent : node;
    for (; n != NULL; n = n->parent) {
        if (is_called(n, s->without)) {
            return 0;
        }
        if (n == s->root) {
            return 1;
        }
    }
    return 0;
}

/* In the order of the document. */
static const xmlNode *find(const xmlNode *n, const xmlChar *name)
{
    for (; n != NULL; n = n->next) {
        const xmlNode *below = is_called(n, name) ? n : NULL;
        if (below == NULL && n->type == XML_ELEMENT_NODE) {
            below = find(n->children, name);
        }
        if (below != NULL) {
            return below;
        }
    }
    return NULL;
}

static bool append(struct cos_buf *out, xmlDoc *doc, const struct selection *s)
{
    xmlOutputBuffer *text = xmlAllocOutputBuffer(NULL);
    bool ok =
        text != NULL &&
        xmlC14NExecute(doc, is_selected, (void *)(uintptr_t)s, XML_C14N_EXCLUSIVE_1_0,
                       /* inclusive_ns_prefixes= */ NULL, /* with_comments= */ 0, text) >= 0;
    if (ok) {
        cos_buf_span(out, cos_span_make((const char *)xmlOutputBufferGetContent(text),
                                        xmlOutputBufferGetSize(text)));
    }
    (void)xmlOutputBufferClose(text);
    return ok && !out->failed;
}

bool cos_xml_canonical(struct cos_buf *out, struct cos_span text, const char *name,
                       const char *without)
{
    xmlDoc *doc =
        text.len > INT32_MAX
            ? NULL
            : xmlReadMemory(text.ptr, (int)text.len, /* URL= */ NULL,
                            /* encoding= */ NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    struct selection s = {.without = (const xmlChar *)without};
    s.root = doc == NULL ? NULL : find(doc->children, (const xmlChar *)name);
    bool ok = s.root != NULL && append(out, doc, &s);
    xmlFreeDoc(doc);
    return ok;
}
