/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libxml2, opened when the first document comes: it and what stands below it (ICU, libstdc++,
 * liblzma) are a fifth of the time and of the memory in which a program of ours starts, and
 * most runs see no XML before they have been of use.
 */
#ifndef COSBASE_XML_LIBRARY_H
#define COSBASE_XML_LIBRARY_H

#include "cosbase/base.h"

#include <libxml/SAX2.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

/* What is called of it. */
#define XML_LIBRARY(X)             \
    X(__xmlStructuredError)        \
    X(__xmlStructuredErrorContext) \
    X(xmlAllocOutputBuffer)        \
    X(xmlC14NExecute)              \
    X(xmlCreateMemoryParserCtxt)   \
    X(xmlCtxtUseOptions)           \
    X(xmlFreeDoc)                  \
    X(xmlFreeParserCtxt)           \
    X(xmlInitParser)               \
    X(xmlOutputBufferClose)        \
    X(xmlOutputBufferGetContent)   \
    X(xmlOutputBufferGetSize)      \
    X(xmlParseDocument)            \
    X(xmlReadMemory)               \
    X(xmlSAX2GetColumnNumber)      \
    X(xmlSAX2GetLineNumber)        \
    X(xmlSetStructuredErrorFunc)   \
    X(xmlStopParser)               \
    X(xmlStrEqual)
#define XML_LIBRARY_MEMBER(name) __typeof__(name) *(name);

struct xml_library {
    XML_LIBRARY(XML_LIBRARY_MEMBER)
    /** NULL: all of it is there; else why none of it is. */
    const char *complaint;
};
/** Opened by the first call, which the others wait for; there until the process ends. */
const struct xml_library *xml_library(void);

#endif
