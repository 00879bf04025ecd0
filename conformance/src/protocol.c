/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the driver protocol. conformance/drivers/PROTOCOL.md tells the same to people;
 * test-protocol.c holds the two together.
 */
#include "protocol.h"

#include "cosbase/span.h"

const char protocol_capabilities[] =
    "fs|fs.streams|token.obtain|token.apply|refresh|config.yaml|config.providers|clock.virtual|"
    "clock.jump|err.typed|log.levels|load.tree";
const char protocol_lacks[] = "append|out_free|env|abi";
const char protocol_any_classes[] = "UNSUPPORTED|INVALID_ARG|CLOSED|CANCELLED|NOMEM|INTERNAL";
const char protocol_request_classes[] = "CONFIG|ACCESS_DENIED|AUTH|CRED_MISSING|CRED_EXPIRED|"
                                        "STS|NO_BUCKET|THROTTLED|TIMEOUT|NETWORK|CORRUPT|IO";

const struct protocol_class protocol_classes[] = {
    {"CONFIG", "the configuration is wrong or lacks something; the message names the key"},
    {"UNSUPPORTED_SCHEME", "no plugin serves the scheme of the URI"},
    {"UNSUPPORTED", "there is no such operation: of the driver, of the subject's language, or "
                    "of a capability that was not declared"},
    {"INVALID_ARG", "an argument cannot be meant: a path, a position, a handle nobody gave, a "
                    "member that is missing"},
    {"NOT_FOUND", "no such file or directory"},
    {"ALREADY_EXISTS", "it is there, and must not be"},
    {"IS_DIR", "it is a directory, a file was wanted"},
    {"NOT_DIR", "it, or a parent of it, is a file, a directory was wanted"},
    {"NOT_EMPTY", "a directory with children, and the deletion was not recursive"},
    {"ACCESS_DENIED", "the credential is good and has no right to this (403 AccessDenied)"},
    {"AUTH", "the service does not accept the credential or the signature (403 "
             "InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed)"},
    {"CRED_MISSING", "there is no credential to sign with, or no token has come yet"},
    {"CRED_EXPIRED",
     "the temporary credential has ended (403 ExpiredToken, or noticed before)"},
    {"STS", "the token service refused, or its answer is of no use"},
    {"NO_BUCKET", "the bucket does not exist (404 NoSuchBucket)"},
    {"THROTTLED", "the service asks to slow down (503 SlowDown), and goes on asking"},
    {"TIMEOUT", "no answer in time"},
    {"NETWORK", "no connection, no such host, a certificate that is not trusted, a connection "
                "that was cut"},
    {"CORRUPT", "what came is not what was announced: length, digest, or a body that cannot be "
                "read"},
    {"IO", "any other failure of the service (5xx, an unknown code)"},
    {"CLOSED", "the stream or filesystem is closed"},
    {"CANCELLED", "somebody else ended the operation"},
    {"NOMEM", "no memory"},
    {"ABI", "the artefact was built for another interface"},
    {"INTERNAL", "a fault of the subject's or the driver's own"},
    {NULL, NULL},
};

/* ---- what several operations have ---- */

#define END                                      \
    {                                            \
        NULL, PROTOCOL_TEXT, 0, NULL, NULL, NULL \
    }
/* NAME, then what it is. */
#define TEXT(name, flags, about)                      \
    {                                                 \
        name, PROTOCOL_TEXT, flags, about, NULL, NULL \
    }
#define INT(name, flags, about)                      \
    {                                                \
        name, PROTOCOL_INT, flags, about, NULL, NULL \
    }
#define BOOL(name, flags, about)                      \
    {                                                 \
        name, PROTOCOL_BOOL, flags, about, NULL, NULL \
    }
#define MAP(name, flags, about)                      \
    {                                                \
        name, PROTOCOL_MAP, flags, about, NULL, NULL \
    }
#define WORD(name, flags, words, about)                \
    {                                                  \
        name, PROTOCOL_WORD, flags, about, words, NULL \
    }
#define OBJECT(name, flags, members, about)                \
    {                                                      \
        name, PROTOCOL_OBJECT, flags, about, NULL, members \
    }
#define AS TEXT("as", 0, "the party; \"server\" when it is left out")
#define FS INT("fs", PROTOCOL_MUST, "what `open` gave")
#define PATH \
    TEXT("path", PROTOCOL_MUST, "absolute, a whole URI, or relative to the URI of `fs`")
#define MODE WORD("mode", 0, "overwrite|create", "\"overwrite\" when it is left out")
#define LEN INT("len", PROTOCOL_MUST, "bytes")
#define SHA256 TEXT("sha256", PROTOCOL_MUST, "of these bytes, lower-case hex")
#define OUT INT("out", PROTOCOL_MUST, "what `out_open` gave")
#define IN INT("in", PROTOCOL_MUST, "what `in_open` gave")
#define POS INT("pos", PROTOCOL_MUST, "bytes from the start")

const struct protocol_member protocol_error[] = {
    TEXT("class", PROTOCOL_MUST, "what kind of failure"),
    BOOL("typed", 0, "false: the driver deduced the class from text; true when left out"),
    BOOL("retryable", 0, "it may help to try again"),
    INT("http_status", 0, "of the service; 0: none came"),
    TEXT("cos_code", PROTOCOL_NULL, "of the service"),
    TEXT("request_id", PROTOCOL_NULL, "of the service"),
    TEXT("message", 0, "for people"),
    END,
};
static const struct protocol_member nothing[] = {END};
static const struct protocol_member gen[] = {
    WORD("alg", PROTOCOL_MUST, "xs64", "the generator"),
    INT("seed", PROTOCOL_MUST, "where it starts"),
    INT("size", PROTOCOL_MUST, "bytes to write"),
    INT("skip", 0, "bytes of the stream to leave out first; 0 when it is left out"),
    END,
};
static const struct protocol_member data[] = {
    TEXT("text", 0, "its UTF-8 bytes"),
    OBJECT("gen", 0, gen, "generated bytes"),
    END,
};
#define DATA OBJECT("data", PROTOCOL_MUST, data, "`text` or `gen`: what to write")
static const struct protocol_member payload[] = {
    TEXT("b64", 0, "the token's bytes in base64"),
    TEXT("text", 0, "the same as text, where they are text"),
    END,
};
#define TOKEN_OF(flags)                                                                   \
    TEXT("scheme", flags, "whose token it is: \"cosn\""),                                 \
        OBJECT("token", flags, payload, "the bytes of Fluss's token, base64 in a reply"), \
        INT("valid_until_ms", PROTOCOL_NULL, "since 1970; null: for ever"),               \
        MAP("infos", 0, "additional infos")
static const struct protocol_member status[] = {
    TEXT("path", PROTOCOL_MUST, "absolute in the bucket, or a whole URI"),
    BOOL("is_dir", PROTOCOL_MUST, "a directory"),
    INT("len", PROTOCOL_MUST, "bytes; 0 for a directory"),
    INT("mtime_ms", PROTOCOL_MUST, "since 1970; 0 where there is none"),
    END,
};
static const struct protocol_member result[] = {
    BOOL("result", PROTOCOL_MUST, "what the call returned; false is a refusal"),
    END,
};
static const struct protocol_member fs_only[] = {FS, END};
static const struct protocol_member fs_path[] = {FS, PATH, END};
static const struct protocol_member out_only[] = {OUT, END};
static const struct protocol_member in_only[] = {IN, END};
static const struct protocol_member pos_only[] = {POS, END};

/* ---- life ---- */

static const struct protocol_member hello_request[] = {
    INT("protocol", PROTOCOL_MUST, "1"),
    TEXT("suite", 0, "who asks"),
    WORD("clock", 0, "virtual|real", "the clock that is wished for"),
    INT("epoch_ms", 0, "where a virtual clock starts"),
    INT("seed", 0, "for whatever the driver draws by lot"),
    END,
};
static const struct protocol_member driver_name[] = {
    TEXT("name", PROTOCOL_MUST, "of the driver"),
    TEXT("version", PROTOCOL_MUST, "of the driver"),
    END,
};
static const struct protocol_member artifact[] = {
    TEXT("path", PROTOCOL_MUST, "absolute"),
    BOOL("serves_cosn", 0, "this one is judged"),
    END,
};
static const struct protocol_member subject_name[] = {
    TEXT("name", PROTOCOL_MUST, "of what is judged"),
    TEXT("version", PROTOCOL_MUST, "of what is judged"),
    TEXT("vendor", 0, "of what is judged"),
    OBJECT("artifacts", PROTOCOL_LIST, artifact, "its files"),
    END,
};
static const struct protocol_member hello_reply[] = {
    INT("protocol", PROTOCOL_MUST, "1"),
    OBJECT("driver", PROTOCOL_MUST, driver_name, "who answers"),
    OBJECT("subject", PROTOCOL_MUST, subject_name, "what is judged"),
    WORD("capabilities", PROTOCOL_MUST | PROTOCOL_LIST, protocol_capabilities, "what it can"),
    TEXT("schemes", PROTOCOL_MUST | PROTOCOL_LIST, "what it serves"),
    WORD("clock", PROTOCOL_MUST, "virtual|real", "the clock it has now"),
    TEXT("language", 0, "of the subject: \"c\" when it is left out"),
    WORD("lacks", PROTOCOL_LIST, protocol_lacks, "what that language has no way for"),
    WORD("loader", 0, "harness|product", "whose search finds plugins"),
    WORD("roles", PROTOCOL_LIST, "server|client", "parties it can play"),
    WORD("reset", 0, "full", "how much `reset` drops"),
    INT("max_inflight", 0, "1: one request at a time"),
    END,
};
static const struct protocol_member load_request[] = {
    TEXT("fluss_home", 0, "search below its plugins/, as Fluss does"),
    TEXT("plugins_dir", 0, "search below it"),
    INT("abi_major", 0, "only ask the entry of the C ABI"),
    END,
};
static const struct protocol_member load_reply[] = {
    TEXT("schemes", PROTOCOL_LIST, "what is served now; not with abi_major"),
    END,
};
static const struct protocol_member socks[] = {
    TEXT("host", PROTOCOL_MUST, "an address"),
    INT("port", PROTOCOL_MUST, "its port"),
    END,
};
static const struct protocol_member trust_store[] = {
    TEXT("path", PROTOCOL_MUST, "absolute"),
    WORD("type", PROTOCOL_MUST, "JKS", "its format"),
    TEXT("password", PROTOCOL_MUST, "of the file"),
    END,
};
static const struct protocol_member net[] = {
    WORD("scheme", PROTOCOL_MUST, "http|https", "of requests to COS"),
    TEXT("resolve", PROTOCOL_LIST, "\"host:port:address:port\""),
    OBJECT("socks", 0, socks, "a SOCKS5 proxy that leads to the mock"),
    TEXT("hosts_file", 0, "\"address name\" lines, for a JVM"),
    TEXT("ca_file", 0, "PEM; absent: trust nobody new"),
    OBJECT("trust_store", 0, trust_store, "the same for a JVM"),
    END,
};
static const struct protocol_member configure_request[] = {
    AS,
    MAP("conf", 0, "keys and values, laid over those of the file"),
    TEXT("yaml", 0, "path of a file for the subject's own reader"),
    INT("mode", 0, "of that file: 0 as Fluss reads, 1 strict YAML, 2 core-site.xml"),
    MAP("env", 0, "the only environment the subject sees"),
    OBJECT("net", 0, net, "where requests go"),
    WORD("log_level", 0, "error|warn|info|debug|trace", "of the subject's log"),
    INT("seed", 0, "of jitter"),
    INT("abi_minor", 0, "be a C host of that minor version"),
    END,
};
static const struct protocol_member configure_reply[] = {
    TEXT("keys", PROTOCOL_MUST | PROTOCOL_LIST, "names of what is set, never values"),
    END,
};
static const struct protocol_member env_request[] = {
    AS,
    MAP("env", PROTOCOL_MUST, "the only environment the party sees from now on"),
    END,
};
static const struct protocol_member parallel_request[] = {
    {"ops", PROTOCOL_REQUEST, PROTOCOL_MUST | PROTOCOL_LIST, "each on a thread of its own",
     NULL, NULL},
    END,
};
static const struct protocol_member parallel_reply[] = {
    {"replies", PROTOCOL_REPLY, PROTOCOL_MUST | PROTOCOL_LIST, "in the order of `ops`", NULL,
     NULL},
    END,
};
static const struct protocol_member stats_reply[] = {
    INT("rss_kb", PROTOCOL_MUST, "memory now; -1: not known"),
    INT("peak_rss_kb", 0, "most memory so far"),
    INT("threads", 0, "threads now"),
    INT("fds", 0, "open descriptors now"),
    INT("pid", 0, "of the process with the subject"),
    END,
};

/* ---- filesystems ---- */

static const struct protocol_member open_request[] = {
    AS,
    TEXT("uri", PROTOCOL_MUST, "\"cosn://BUCKET/path\""),
    END,
};
static const struct protocol_member open_reply[] = {
    INT("fs", PROTOCOL_MUST, "the handle"),
    TEXT("uri", 0, "what the filesystem calls itself"),
    END,
};
static const struct protocol_member stat_request[] = {
    FS,
    PATH,
    INT("struct_size", 0, "lend a C struct that ends there"),
    END,
};
static const struct protocol_member stat_short[] = {
    BOOL("clean", PROTOCOL_MUST, "with struct_size: nothing behind it was written"),
    END,
};
static const struct protocol_member exists_reply[] = {
    BOOL("exists", PROTOCOL_MUST, "is it there"),
    END,
};
static const struct protocol_member list_reply[] = {
    INT("count", PROTOCOL_MUST, "children"),
    OBJECT("entries", PROTOCOL_MUST | PROTOCOL_LIST, status, "each as in stat"),
    END,
};
static const struct protocol_member list_long[] = {
    INT("count", PROTOCOL_MUST, "children, more than 1000"),
    TEXT("sha256_of_sorted_paths", PROTOCOL_MUST, "of each path and LF, sorted by bytes"),
    END,
};
static const struct protocol_member delete_request[] = {
    FS,
    PATH,
    BOOL("recursive", 0, "false when it is left out"),
    END,
};
static const struct protocol_member rename_request[] = {
    FS,
    TEXT("src", PROTOCOL_MUST, "a path"),
    TEXT("dst", PROTOCOL_MUST, "a path"),
    END,
};
static const struct protocol_member write_request[] = {
    FS,
    PATH,
    MODE,
    DATA,
    INT("chunk", 0, "bytes of one call of write; 65536 when it is left out"),
    INT("flush_every", 0, "bytes between two calls of flush; 0: none"),
    END,
};
static const struct protocol_member write_reply[] = {LEN, SHA256, POS, END};
static const struct protocol_member read_request[] = {
    FS,
    PATH,
    INT("offset", 0, "seek there first"),
    INT("bytes", 0, "no more than these; to the end when it is left out"),
    INT("chunk", 0, "bytes of one call of read; 65536 when it is left out"),
    WORD("want", 0, "text|b64", "the bytes themselves, too, up to 64 KiB"),
    END,
};
static const struct protocol_member read_reply[] = {
    LEN, SHA256, TEXT("text", 0, "with want \"text\""), TEXT("b64", 0, "with want \"b64\""),
    END,
};
static const struct protocol_member append_request[] = {FS, PATH, DATA, END};

/* ---- streams ---- */

static const struct protocol_member out_open_request[] = {FS, PATH, MODE, END};
static const struct protocol_member out_open_reply[] = {
    INT("out", PROTOCOL_MUST, "the handle"),
    END,
};
static const struct protocol_member out_write_request[] = {
    OUT,
    DATA,
    INT("chunk", 0, "bytes of one call of write"),
    INT("flush_every", 0, "bytes between two calls of flush; 0: none"),
    END,
};
static const struct protocol_member in_open_reply[] = {
    INT("in", PROTOCOL_MUST, "the handle"),
    END,
};
static const struct protocol_member in_read_request[] = {
    IN,
    INT("bytes", PROTOCOL_MUST, "of the one call of read"),
    INT("buf_off", 0, "where in the buffer the bytes shall go; 0 when it is left out"),
    END,
};
static const struct protocol_member in_read_reply[] = {
    INT("n", PROTOCOL_MUST, "what read returned: bytes, or -1 at the end"),
    INT("len", PROTOCOL_MUST, "bytes that were read: n, or 0"),
    SHA256,
    BOOL("clean", PROTOCOL_MUST, "no byte of the buffer outside was touched"),
    END,
};
static const struct protocol_member in_seek_request[] = {IN, POS, END};

/* ---- tokens, time ---- */

static const struct protocol_member get_token_reply[] = {TOKEN_OF(PROTOCOL_MUST), END};
static const struct protocol_member apply_token_request[] = {AS, TOKEN_OF(0), END};
static const struct protocol_member scripted_token[] = {
    TOKEN_OF(0),
    INT("valid_for_ms", 0, "from the moment it is handed out"),
    WORD("err", 0, "STS", "instead of a token: this failure"),
    END,
};
static const struct protocol_member manager_start_request[] = {
    TEXT("as", 0, "the party that receives; \"client\" when it is left out"),
    MAP("conf", 0, "of the manager"),
    INT("mgr", 0, "start this one a second time; the other members are left out then"),
    WORD("source", 0, "self|list", "\"self\" when it is left out"),
    INT("fs", 0, "source \"self\": mint there"),
    OBJECT("tokens", PROTOCOL_LIST, scripted_token, "source \"list\": the last one repeats"),
    END,
};
static const struct protocol_member manager_start_reply[] = {
    INT("mgr", PROTOCOL_MUST, "the handle"),
    END,
};
static const struct protocol_member manager_stop_request[] = {
    INT("mgr", PROTOCOL_MUST, "what `manager_start` gave"),
    END,
};
static const struct protocol_member manager_stop_reply[] = {
    INT("stopped_ms", 0, "real time it took"),
    END,
};
static const struct protocol_member advance_request[] = {
    INT("ms", PROTOCOL_MUST, "how far"),
    BOOL("jump", 0, "in one step, as after a suspend"),
    END,
};
static const struct protocol_member advance_reply[] = {
    INT("epoch_ms", PROTOCOL_MUST, "the time now"),
    INT("steps", 0, "stops on the way, where something was due"),
    END,
};

#define FILES "Filesystems"
#define LIFE "Life"
#define STREAMS "Streams"
#define TOKENS "Tokens and managers"
#define TIME "Time"
#define TO_WRITE "ALREADY_EXISTS|IS_DIR|NOT_DIR|NOT_FOUND"

const struct protocol_op protocol_ops[] = {
    {"hello", "who are you; before every case", hello_request, hello_reply, NULL, "CONFIG",
     LIFE},
    {"ping", "are you there", nothing, nothing, NULL, "", LIFE},
    {"reset", "drop everything", nothing, nothing, NULL, "", LIFE},
    {"shutdown", "answer, then end with status 0", nothing, nothing, NULL, "", LIFE},
    {"stats", "what the process uses", nothing, stats_reply, NULL, "", LIFE},
    {"load", "find the plugin", load_request, load_reply, NULL, "ABI|CONFIG|IO|NOT_FOUND",
     LIFE},
    {"configure", "a new party", configure_request, configure_reply, NULL,
     "CONFIG|CRED_MISSING|NOT_FOUND|IO", LIFE},
    {"env", "another environment for a party", env_request, nothing, NULL, "", LIFE},
    {"parallel", "requests at the same time", parallel_request, parallel_reply, NULL, "", LIFE},
    {"open", "a filesystem", open_request, open_reply, NULL, "+UNSUPPORTED_SCHEME", FILES},
    {"close", "let it go", fs_only, nothing, NULL, "+", FILES},
    {"stat", "status of a path", stat_request, status, stat_short, "+NOT_FOUND|NOT_DIR", FILES},
    {"exists", "is there anything", fs_path, exists_reply, NULL, "+", FILES},
    {"list", "children of a directory", fs_path, list_reply, list_long, "+NOT_FOUND|NOT_DIR",
     FILES},
    {"mkdirs", "a directory and its parents", fs_path, result, NULL, "+ALREADY_EXISTS|NOT_DIR",
     FILES},
    {"delete", "a file or a directory", delete_request, result, NULL, "+NOT_FOUND|NOT_EMPTY",
     FILES},
    {"rename", "a file or a directory", rename_request, result, NULL,
     "+ALREADY_EXISTS|IS_DIR|NOT_DIR|NOT_EMPTY|NOT_FOUND", FILES},
    {"write", "a whole file", write_request, write_reply, NULL, "+" TO_WRITE, FILES},
    {"read", "a whole file, or a part", read_request, read_reply, NULL, "+NOT_FOUND|IS_DIR",
     FILES},
    {"append", "at the end of a file: nobody may do that", append_request, nothing, NULL,
     "+" TO_WRITE, FILES},
    {"out_open", "a stream to write", out_open_request, out_open_reply, NULL, "+" TO_WRITE,
     STREAMS},
    {"out_write", "to it", out_write_request, nothing, NULL, "+" TO_WRITE, STREAMS},
    {"out_flush", "flush it", out_only, nothing, NULL, "+" TO_WRITE, STREAMS},
    {"out_pos", "where it is", out_only, pos_only, NULL, "", STREAMS},
    {"out_close", "commit", out_only, nothing, NULL, "+" TO_WRITE, STREAMS},
    {"out_free", "let it go without closing", out_only, nothing, NULL, "", STREAMS},
    {"in_open", "a stream to read", fs_path, in_open_reply, NULL, "+NOT_FOUND|IS_DIR", STREAMS},
    {"in_read", "one call of read", in_read_request, in_read_reply, NULL, "+NOT_FOUND",
     STREAMS},
    {"in_seek", "move", in_seek_request, nothing, NULL, "+NOT_FOUND", STREAMS},
    {"in_pos", "where it is", in_only, pos_only, NULL, "", STREAMS},
    {"in_close", "close", in_only, nothing, NULL, "", STREAMS},
    {"get_token", "mint one", fs_only, get_token_reply, NULL, "+", TOKENS},
    {"apply_token", "hand one over", apply_token_request, nothing, NULL,
     "CONFIG|CORRUPT|CRED_EXPIRED|CRED_MISSING|UNSUPPORTED_SCHEME", TOKENS},
    {"manager_start", "renew tokens from now on", manager_start_request, manager_start_reply,
     NULL, "+", TOKENS},
    {"manager_stop", "no more", manager_stop_request, manager_stop_reply, NULL, "", TOKENS},
    {"advance", "let time pass", advance_request, advance_reply, NULL, "", TIME},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct protocol_op *protocol_find(const char *op)
{
    const struct protocol_op *row = protocol_ops;
    while (row->name != NULL && !cos_span_eq_str(cos_span_of(op), row->name)) {
        row++;
    }
    return row->name != NULL ? row : NULL;
}

bool protocol_has_word(const char *words, const char *word)
{
    struct cos_span rest = cos_span_of(words);
    while (rest.ptr != NULL) {
        if (cos_span_eq_str(cos_span_cut(&rest, '|'), word)) {
            return true;
        }
    }
    return false;
}
