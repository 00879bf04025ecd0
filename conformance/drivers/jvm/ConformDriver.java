// SPDX-License-Identifier: Apache-2.0
// The driver for subjects that run in a JVM (../PROTOCOL.md): a Fluss plugin JAR, or hadoop-cos alone. One file, JDK 11 or newer, nothing
// but the JDK: Fluss and Hadoop are called by reflection, so it is compiled without them and serves any version of them.
//
//     front    speaks the protocol on stdin and stdout, and sends each request on to the party that it is for
//     party    one JVM for each party, since Fluss's FileSystem and a receiver's token are static: the server loads the plugin from
//              plugins/cos/ by Fluss's own PluginUtils, a client has it on its class path and finds the receiver by ServiceLoader
//     Time     the time of the subject's classes: what they ask the JDK for is redirected when they are loaded
//
// A party is used again by the next case where nothing of this one can be left in it (Front.isReusable). A party gets what it is told over
// its stdin, in the same form as the front; numbers of handles are the party's number times a million and a count.
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

public class ConformDriver {
    static final long MILLION = 1_000_000;
    static final String FLUSS_FS = "org.apache.fluss.fs.FileSystem";
    static final String FLUSS_PLUGIN = "org.apache.fluss.fs.FileSystemPlugin";
    static final String FLUSS_RECEIVER = "org.apache.fluss.fs.token.SecurityTokenReceiver";
    static final String FLUSS_MANAGER = "org.apache.fluss.client.token.DefaultSecurityTokenManager";
    static final String HADOOP_FS = "org.apache.hadoop.fs.FileSystem";
    static final String COSN_FS = "org.apache.hadoop.fs.cosn.CosNFileSystem";

    /**
     * hadoop-cos has no receiver of tokens; a client of it that lives on them has a credentials provider of its own, as the documentation of
     * hadoop-cos says one is written. This one knows the last token.
     */
    static final String SESSION = "ConformSession";
    static final String SESSION_SOURCE = "import com.qcloud.cos.auth.*;\n"
            + "public final class ConformSession implements COSCredentialsProvider {\n"
            + "    private static volatile COSCredentials last;\n"
            + "    public static void set(String id, String key, String token) { last = new BasicSessionCredentials(id, key, token); }\n"
            + "    public COSCredentials getCredentials() { return last; }\n"
            + "    public void refresh() { }\n"
            + "}\n";

    /** What the command line of each role says: --name value. */
    private static Map<String, String> options(String[] args) {
        Map<String, String> named = new HashMap<>();
        for (int i = 1; i + 1 < args.length; i += 2) {
            named.put(args[i].substring(2), args[i + 1]);
        }
        return named;
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> o = options(args);
        switch (args.length == 0 ? "" : args[0]) {
        case "prepare":
            System.exit(new Preparation(o).run());
            break;
        case "front":
            new Front(o).run();
            System.exit(0);
            break;
        case "party":
            new Party(o).run();
            Runtime.getRuntime().halt(0);
            break;
        default:
            System.err.println("usage: ConformDriver prepare|front --kind fluss|hadoop --subject JAR --classpath A:B --work DIR");
            System.exit(2);
        }
    }

    // ---- JSON: objects are maps, arrays lists, numbers Long or Double ----

    static final class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Object read(String text) {
            Json j = new Json(text);
            Object value = j.value();
            j.blanks();
            if (j.at != text.length()) {
                throw new IllegalArgumentException("more behind the JSON value, at " + j.at);
            }
            return value;
        }

        private void blanks() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private char peek() {
            blanks();
            if (at >= text.length()) {
                throw new IllegalArgumentException("the JSON ends too early");
            }
            return text.charAt(at);
        }

        private boolean take(char c) {
            if (peek() != c) {
                return false;
            }
            at++;
            return true;
        }

        private void need(char c) {
            if (!take(c)) {
                throw new IllegalArgumentException("'" + c + "' is missing in the JSON, at " + at);
            }
        }

        private Object value() {
            switch (peek()) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            default:
                return word();
            }
        }

        private Map<String, Object> object() {
            Map<String, Object> all = new LinkedHashMap<>();
            need('{');
            if (take('}')) {
                return all;
            }
            do {
                peek();
                String name = string();
                need(':');
                all.put(name, value());
            } while (take(','));
            need('}');
            return all;
        }

        private List<Object> array() {
            List<Object> all = new ArrayList<>();
            need('[');
            if (take(']')) {
                return all;
            }
            do {
                all.add(value());
            } while (take(','));
            need(']');
            return all;
        }

        private String string() {
            StringBuilder b = new StringBuilder();
            need('"');
            for (;;) {
                char c = text.charAt(at++);
                if (c == '"') {
                    return b.toString();
                }
                if (c != '\\') {
                    b.append(c);
                    continue;
                }
                c = text.charAt(at++);
                if (c == 'u') {
                    b.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                } else {
                    int known = "bfnrt".indexOf(c);
                    b.append(known < 0 ? c : "\b\f\n\r\t".charAt(known));
                }
            }
        }

        private Object word() {
            int from = at;
            while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String w = text.substring(from, at);
            switch (w) {
            case "true":
                return Boolean.TRUE;
            case "false":
                return Boolean.FALSE;
            case "null":
                return null;
            default:
                return w.matches("-?[0-9]+") ? (Object) (w.startsWith("-") ? Long.parseLong(w) : Long.parseUnsignedLong(w)) : (Object) Double.valueOf(w);
            }
        }

        static String write(Object value) {
            StringBuilder b = new StringBuilder();
            put(b, value);
            return b.toString();
        }

        private static void put(StringBuilder b, Object value) {
            if (value instanceof Map) {
                String comma = "{";
                for (Map.Entry<?, ?> e : ((Map<?, ?>) value).entrySet()) {
                    b.append(comma);
                    quote(b, (String) e.getKey());
                    b.append(':');
                    put(b, e.getValue());
                    comma = ",";
                }
                b.append(comma.equals("{") ? "{}" : "}");
            } else if (value instanceof Iterable) {
                String comma = "[";
                for (Object item : (Iterable<?>) value) {
                    b.append(comma);
                    put(b, item);
                    comma = ",";
                }
                b.append(comma.equals("[") ? "[]" : "]");
            } else if (value instanceof String) {
                quote(b, (String) value);
            } else {
                b.append(value);
            }
        }

        private static void quote(StringBuilder b, String text) {
            b.append('"');
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"' || c == '\\') {
                    b.append('\\').append(c);
                } else if (c < 0x20 || Character.isSurrogate(c)) {
                    b.append(String.format("\\u%04x", (int) c));
                } else {
                    b.append(c);
                }
            }
            b.append('"');
        }
    }

    /** A request or a reply: a map with typed looks into it. */
    static final class Msg extends LinkedHashMap<String, Object> {
        private static final long serialVersionUID = 1;

        Msg(Object... namesAndValues) {
            for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
                put((String) namesAndValues[i], namesAndValues[i + 1]);
            }
        }

        @SuppressWarnings("unchecked")
        static Msg of(Object map) {
            Msg m = new Msg();
            if (map instanceof Map) {
                m.putAll((Map<String, Object>) map);
            }
            return m;
        }

        String str(String name, String or) {
            Object v = get(name);
            return v instanceof String ? (String) v : or;
        }

        long num(String name, long or) {
            Object v = get(name);
            return v instanceof Number ? ((Number) v).longValue() : or;
        }

        boolean is(String name) {
            return Boolean.TRUE.equals(get(name));
        }

        Msg sub(String name) {
            return of(get(name));
        }

        @SuppressWarnings("unchecked")
        List<Object> list(String name) {
            Object v = get(name);
            return v instanceof List ? (List<Object>) v : Collections.emptyList();
        }

        /** What must be there, else the request is no good. */
        String must(String name) {
            String v = str(name, null);
            if (v == null) {
                throw new Failure("INVALID_ARG", "driver: '" + name + "' is missing");
            }
            return v;
        }
    }

    /** A failure whose class the driver knows. */
    static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;
        final String errorClass;

        Failure(String errorClass, String message) {
            super(message);
            this.errorClass = errorClass;
        }

        Msg err() {
            return new Msg("class", errorClass, "typed", true, "retryable", false, "message", getMessage());
        }
    }

    /** Requests within `parallel` have no id. */
    static Msg reply(Object id, boolean ok) {
        return id == null ? new Msg("ok", ok) : new Msg("id", id, "ok", ok);
    }

    static Msg refusal(Object id, Msg err) {
        Msg m = reply(id, false);
        m.put("err", err);
        return m;
    }

    // ---- preparation: once a run, before any front ----

    /**
     * Look whether everything is there, and pack the agent: `agent.jar` with this program, `time.jar` with Time for the boot class path,
     * where the classes of every loader find it. Prints one sentence and ends with 1 when something is missing.
     */
    static final class Preparation {
        private final Map<String, String> o;

        Preparation(Map<String, String> o) {
            this.o = o;
        }

        int run() throws Exception {
            String trouble = look();
            if (trouble != null) {
                System.out.println(trouble);
                return 1;
            }
            Path work = Paths.get(o.get("work"));
            trouble = o.get("kind").equals("hadoop") ? compileSession(work) : null;
            if (trouble != null) {
                System.out.println(trouble);
                return 1;
            }
            Manifest agent = new Manifest();
            agent.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            agent.getMainAttributes().put(new Attributes.Name("Premain-Class"), "ConformDriver");
            agent.getMainAttributes().put(new Attributes.Name("Boot-Class-Path"), "time.jar");
            pack(work.resolve("agent.jar"), agent, false);
            pack(work.resolve("time.jar"), new Manifest(), true);
            return 0;
        }

        /** SESSION implements an interface of the subject's, so it is compiled over its class path, and packed with the agent. */
        private String compileSession(Path work) throws IOException {
            javax.tools.JavaCompiler javac = javax.tools.ToolProvider.getSystemJavaCompiler();
            if (javac == null) {
                return "this Java has no compiler: it is a JRE, name the 'java' of a JDK";
            }
            Path source = work.resolve(SESSION + ".java");
            Files.write(source, SESSION_SOURCE.getBytes(StandardCharsets.UTF_8));
            int status = javac.run(null, System.out, System.out, "-nowarn", "-proc:none", "-d", work.resolve("classes").toString(), "-cp",
                    o.get("subject") + File.pathSeparator + o.get("classpath"), source.toString());
            return status == 0 ? null : "the class path's COS SDK has not the classes that a credentials provider is made of (see above)";
        }

        private void pack(Path jar, Manifest manifest, boolean isTime) throws IOException {
            Path classes = Paths.get(o.get("work"), "classes");
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                    java.util.stream.Stream<Path> files = Files.list(classes)) {
                for (Path file : (Iterable<Path>) files.sorted()::iterator) {
                    String name = file.getFileName().toString();
                    if (name.startsWith("ConformDriver$Time") == isTime) {
                        out.putNextEntry(new JarEntry(name));
                        out.write(Files.readAllBytes(file));
                    }
                }
            }
        }

        private static boolean has(List<String> jars, String className) {
            String entry = className.replace('.', '/') + ".class";
            return jars.stream().anyMatch(jar -> holds(jar, entry));
        }

        private static boolean holds(String jar, String entry) {
            try (JarFile file = new JarFile(jar)) {
                return file.getEntry(entry) != null;
            } catch (IOException e) {
                return false;
            }
        }

        private String look() throws IOException {
            List<String> subject = split(o.get("subject"));
            List<String> all = new ArrayList<>(subject);
            all.addAll(split(o.get("classpath")));
            for (String jar : all) {
                try {
                    new JarFile(jar).close();
                } catch (IOException e) {
                    return jar + ": no readable JAR: " + e.getMessage();
                }
            }
            String trouble = o.get("kind").equals("fluss") ? lookFluss(subject, all) : lookHadoop(all);
            if (trouble == null && !has(all, "org.slf4j.LoggerFactory")) {
                return "the class path has no slf4j: add org.slf4j:slf4j-api:1.7.36 and org.slf4j:slf4j-simple:1.7.36 from Maven Central to --classpath";
            }
            if (trouble == null && !has(all, "org.slf4j.impl.SimpleLogger") && !has(all, "org.apache.logging.slf4j.Log4jLogger")) {
                return "the class path has no log writer that can be set to DEBUG, so nobody would see a secret in the log: add "
                        + "org.slf4j:slf4j-simple:1.7.36 from Maven Central to --classpath";
            }
            return trouble;
        }

        private static String lookFluss(List<String> subject, List<String> all) {
            if (!subject.stream().anyMatch(jar -> holds(jar, "META-INF/services/" + FLUSS_PLUGIN))) {
                return subject.get(0) + ": no Fluss plugin: it has no META-INF/services/" + FLUSS_PLUGIN
                        + "; hadoop-cos alone is judged with --subject-kind hadoop";
            }
            if (!has(all, FLUSS_FS)) {
                return "the class path has no Fluss: add org.apache.fluss:fluss-client:0.9.1-incubating from Maven Central to --classpath (it holds "
                        + "fluss-common and the client's renewal), or the JARs of your Fluss's lib directory";
            }
            if (!has(all, FLUSS_MANAGER)) {
                return "the class path has no " + FLUSS_MANAGER + ", the renewal of Fluss's client: add "
                        + "org.apache.fluss:fluss-client:0.9.1-incubating from Maven Central to --classpath";
            }
            return null;
        }

        private static String lookHadoop(List<String> all) {
            if (!has(all, HADOOP_FS)) {
                return "the class path has no Hadoop: add org.apache.hadoop:hadoop-common:3.3.4 and what it needs from Maven Central to --classpath";
            }
            if (!has(all, COSN_FS)) {
                return "the class path has no " + COSN_FS + ": --subject-kind hadoop judges org.apache.hadoop:hadoop-cos";
            }
            if (!has(all, "com.qcloud.cos.COSClient")) {
                return "the class path has no COS SDK: add com.qcloud:cos_api:5.6.139 from Maven Central to --classpath";
            }
            return null;
        }
    }

    static List<String> split(String path) {
        return Arrays.stream((path == null ? "" : path).split(File.pathSeparator)).filter(p -> !p.isEmpty()).collect(Collectors.toList());
    }

    // ---- the front ----

    /** A party's process, seen from the front. */
    static final class Child {
        final long number;
        /** All that was given to its JVM when it started: another one is another process. */
        final String birth;
        final Process process;
        private final OutputStream to;
        private final Map<Long, CompletableFuture<Msg>> waiting = new ConcurrentHashMap<>();
        private final AtomicLong ids = new AtomicLong();
        private final Front front;
        int uses;
        boolean hasManager;

        Child(Front front, long number, String birth, ProcessBuilder builder) throws IOException {
            this.front = front;
            this.number = number;
            this.birth = birth;
            process = builder.start();
            to = process.getOutputStream();
            Thread reader = new Thread(this::read, "party-" + number);
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    Msg m = Msg.of(Json.read(line));
                    if (m.containsKey("mint")) {
                        new Thread(() -> front.mint(this, m)).start();
                        continue;
                    }
                    CompletableFuture<Msg> f = waiting.remove(m.num("id", -1));
                    if (f != null) {
                        f.complete(m);
                    }
                }
            } catch (IOException e) {
                System.err.println("driver: party " + number + ": " + e);
            }
            front.partyIsGone(this);
        }

        void send(Msg m) {
            synchronized (to) {
                try {
                    to.write((Json.write(m) + "\n").getBytes(StandardCharsets.UTF_8));
                    to.flush();
                } catch (IOException e) {
                    front.partyIsGone(this);
                }
            }
        }

        /** The reply to @request, under the request's own id. */
        Msg call(Msg request) {
            long id = ids.incrementAndGet();
            CompletableFuture<Msg> f = new CompletableFuture<>();
            waiting.put(id, f);
            Msg sent = Msg.of(request);
            sent.put("id", id);
            sent.put("now", front.nowMs);
            send(sent);
            Msg m = f.join();
            m.remove("id");
            if (request.containsKey("id")) {
                m.put("id", request.get("id"));
            }
            front.follow(m.num("now", 0));
            return m;
        }

        /** Not an end by itself: nobody may miss it. */
        void kill() {
            front.ended.add(number);
            process.destroyForcibly();
        }
    }

    static final class Front {
        /** What differs from case to case, and leaves nothing behind in a JVM. */
        private static final List<String> PLAIN = Arrays.asList("remote.data.dir", "fs.cosn.bucket.endpoint_suffix", "fs.cosn.bucket.region",
                "fs.cosn.userinfo.region", "fs.cosn.userinfo.secretId", "fs.cosn.userinfo.secretKey", "fs.cosn.security.token.policy",
                "fs.cosn.maxRetries");
        private static final int MAX_USES = 100;

        private final Map<String, String> o;
        private final boolean isFluss;
        private final PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);
        private final Map<String, Child> parties = new ConcurrentHashMap<>();
        private final Map<Long, Child> children = new ConcurrentHashMap<>();
        private final List<Child> idle = new ArrayList<>();
        final java.util.Set<Long> ended = ConcurrentHashMap.newKeySet();
        private long nChildren;
        private boolean isVirtual;
        volatile long nowMs;
        private String tree;

        Front(Map<String, String> o) throws Exception {
            this.o = o;
            isFluss = o.get("kind").equals("fluss");
            tree = ownTree();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> children.values().forEach(c -> c.process.destroyForcibly())));
        }

        /** plugins/cos/ with the subject in it, as an administrator would lay it out. */
        private String ownTree() throws IOException {
            if (!isFluss) {
                return null;
            }
            Path cos = Paths.get(o.get("work"), "plugins", "cos");
            Files.createDirectories(cos);
            for (String jar : split(o.get("subject"))) {
                Path link = cos.resolve(Paths.get(jar).getFileName());
                try {
                    Files.createSymbolicLink(link, Paths.get(jar).toAbsolutePath());
                } catch (java.nio.file.FileAlreadyExistsException e) {
                    continue; // another front was faster
                }
            }
            return cos.getParent().toString();
        }

        void run() throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Msg request;
                Msg answer;
                try {
                    request = Msg.of(Json.read(line));
                    answer = serve(request);
                } catch (RuntimeException e) {
                    request = new Msg();
                    answer = refusal(0L, new Failure("INVALID_ARG", "driver: the request is no JSON: " + e.getMessage()).err());
                }
                out.println(Json.write(answer));
                out.flush();
                if (request.str("op", "").equals("shutdown")) {
                    return;
                }
            }
        }

        private Msg serve(Msg request) {
            Msg answer;
            try {
                answer = dispatch(request);
            } catch (Failure e) {
                answer = refusal(request.get("id"), e.err());
            } catch (IOException e) {
                answer = refusal(request.get("id"), new Failure("INTERNAL", "driver: " + e).err());
            }
            answer.remove("now");
            if (isVirtual) {
                answer.put("now", nowMs);
            }
            answer.remove("clean_party");
            return answer;
        }

        private Msg dispatch(Msg r) throws IOException {
            switch (r.str("op", "")) {
            case "hello":
                return hello(r);
            case "ping":
            case "shutdown":
                return reply(r.get("id"), true);
            case "reset":
                reset();
                return reply(r.get("id"), true);
            case "load":
                return load(r);
            case "configure":
                return configure(r);
            case "advance":
                return advance(r);
            case "parallel":
                return parallel(r);
            case "stats":
                return stats(r);
            case "out_free":
                throw new Failure("UNSUPPORTED", "driver: java.io has no way to let go of a stream");
            case "open":
            case "env":
            case "apply_token":
                return party(r.str("as", "server")).call(r);
            case "manager_start":
                return managerStart(r);
            default:
                return owner(r).call(r);
            }
        }

        private Child party(String name) {
            Child c = parties.get(name);
            if (c == null) {
                throw new Failure("INVALID_ARG", "driver: configure comes first, of '" + name + "'");
            }
            return c;
        }

        /** Whose handle a request names. */
        private Child owner(Msg r) {
            for (String member : new String[] {"fs", "out", "in", "mgr"}) {
                if (r.containsKey(member)) {
                    Child c = children.get(r.num(member, 0) / MILLION);
                    if (c == null || !parties.containsValue(c)) {
                        throw new Failure("INVALID_ARG", "driver: '" + member + "' is no open handle");
                    }
                    return c;
                }
            }
            throw new Failure("UNSUPPORTED", "driver: unknown operation '" + r.str("op", "") + "'");
        }

        private Msg hello(Msg r) throws IOException {
            if (r.num("protocol", 0) != 1) {
                throw new Failure("UNSUPPORTED", "driver: this driver speaks protocol 1");
            }
            isVirtual = r.str("clock", "real").equals("virtual") && r.num("epoch_ms", 0) > 0;
            nowMs = r.num("epoch_ms", 0);
            List<Object> artifacts = new ArrayList<>();
            for (String jar : split(o.get("subject"))) {
                artifacts.add(new Msg("path", jar, "serves_cosn", Preparation.holds(jar, isFluss ? "META-INF/services/" + FLUSS_PLUGIN
                        : COSN_FS.replace('.', '/') + ".class")));
            }
            File first = new File(split(o.get("subject")).get(0));
            Msg m = reply(r.get("id"), true);
            m.put("protocol", 1L);
            m.put("driver", new Msg("name", "cosconform-jvm", "version", "1"));
            m.put("subject", new Msg("name", first.getName(), "version", version(first), "vendor", "", "artifacts", artifacts));
            m.put("roles", Arrays.asList("server", "client"));
            m.put("capabilities", capabilities());
            m.put("schemes", Arrays.asList("cosn"));
            m.put("reset", "full");
            m.put("max_inflight", 1L);
            m.put("clock", isVirtual ? "virtual" : "real");
            m.put("language", "java");
            m.put("lacks", isFluss ? Arrays.asList("out_free", "abi", "append") : Arrays.asList("out_free", "abi"));
            m.put("loader", isFluss ? "product" : "harness");
            return m;
        }

        private static String version(File jar) throws IOException {
            try (JarFile file = new JarFile(jar)) {
                String v = file.getManifest() == null ? null : file.getManifest().getMainAttributes().getValue("Implementation-Version");
                return v == null ? "" : v;
            }
        }

        private List<String> capabilities() {
            List<String> all = new ArrayList<>(Arrays.asList("fs", "fs.streams", "config.providers", "log.levels", "clock.virtual"));
            if (isFluss) {
                all.addAll(Arrays.asList("token.obtain", "token.apply", "refresh", "config.yaml", "load.tree"));
            } else {
                all.add("token.apply");
            }
            return all;
        }

        // ---- parties ----

        /** A JVM that has seen nothing that stays: no token, no failed upload, no stream left open. */
        private boolean isReusable(Child c) {
            Msg m = c.call(new Msg("op", "reset"));
            return m.is("clean_party") && ++c.uses < MAX_USES;
        }

        private void reset() {
            for (Child c : parties.values()) {
                if (isReusable(c)) {
                    idle.add(c);
                } else {
                    retire(c);
                }
            }
            parties.clear();
            while (idle.size() > 4) {
                retire(idle.remove(0));
            }
            isVirtual = false;
            nowMs = 0;
            if (isFluss) {
                tree = Paths.get(o.get("work"), "plugins").toString();
            }
        }

        private void retire(Child c) {
            children.remove(c.number);
            c.kill();
        }

        /** A party that nobody ended: the front ends the same way, so that the suite sees a death. */
        void partyIsGone(Child c) {
            if (ended.contains(c.number) || ended.contains(-1L)) {
                return;
            }
            int status = 70;
            try {
                status = c.process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ended.add(-1L);
            System.err.println("driver: the JVM of a party ended with status " + status);
            Runtime.getRuntime().halt(status == 0 ? 70 : status);
        }

        private Child start(String birth, List<String> flags, Map<String, String> env) throws IOException {
            ProcessBuilder b = new ProcessBuilder(flags);
            b.redirectError(ProcessBuilder.Redirect.INHERIT);
            b.environment().putAll(env);
            Child c = new Child(this, ++nChildren, birth, b);
            children.put(c.number, c);
            return c;
        }

        /** The JVM's command line for a party of this configuration. */
        private List<String> flags(Msg r, boolean isServer) {
            Msg net = r.sub("net");
            Path work = Paths.get(o.get("work"));
            List<String> f = new ArrayList<>(Arrays.asList(o.get("java"), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData", "-javaagent:" + work.resolve("agent.jar"), "-Djava.io.tmpdir=" + work.resolve("tmp"),
                    "-Dsun.net.inetaddr.ttl=0", "-Dsun.net.inetaddr.negative.ttl=0", "-Dfile.encoding=UTF-8"));
            f.add("-DsocksProxyHost=" + net.sub("socks").str("host", ""));
            f.add("-DsocksProxyPort=" + net.sub("socks").num("port", 0));
            f.add("-Djdk.net.hosts.file=" + net.str("hosts_file", ""));
            Msg trust = net.sub("trust_store");
            if (!trust.isEmpty()) {
                f.add("-Djavax.net.ssl.trustStore=" + trust.str("path", ""));
                f.add("-Djavax.net.ssl.trustStoreType=" + trust.str("type", ""));
                f.add("-Djavax.net.ssl.trustStorePassword=" + trust.str("password", ""));
            }
            String level = r.str("log_level", "debug");
            f.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=" + level);
            f.add("-Dlog4j2.level=" + level);
            f.add("-cp");
            f.add(classPath(r, isServer));
            f.addAll(Arrays.asList("ConformDriver", "party", "--kind", o.get("kind"), "--role", isServer ? "server" : "client",
                    "--clock", isVirtual ? "virtual" : "real", "--number", "0"));
            return f;
        }

        /** A Fluss server has the subject in plugins/, a client on the class path; Hadoop's core-site.xml lies there, too. */
        private String classPath(Msg r, boolean isServer) {
            List<String> cp = new ArrayList<>();
            cp.add(Paths.get(o.get("work"), "agent.jar").toString());
            if (r.num("mode", 0) == 2 && r.containsKey("yaml")) {
                cp.add(Paths.get(r.must("yaml")).getParent().toString());
            }
            cp.addAll(split(o.get("classpath")));
            if (!isFluss || !isServer) {
                cp.addAll(split(o.get("subject")));
            }
            return String.join(File.pathSeparator, cp);
        }

        private Child take(Msg r, boolean isServer) throws IOException {
            if (r.sub("net").sub("socks").isEmpty()) {
                throw new Failure("INVALID_ARG", "driver: net has no 'socks' and 'hosts_file'; a JVM needs them");
            }
            Map<String, String> env = new TreeMap<>();
            if (isFluss && isServer) {
                env.put("FLUSS_PLUGINS_DIR", tree);
            }
            List<String> flags = flags(r, isServer);
            Map<String, Object> special = new TreeMap<>(r.sub("conf"));
            special.keySet().removeAll(PLAIN);
            String birth = flags + " " + env + " " + new TreeMap<>(r.sub("env")) + " " + special + (r.containsKey("yaml") ? r.must("yaml") + nChildren : "");
            for (Iterator<Child> i = idle.iterator(); i.hasNext();) {
                Child c = i.next();
                if (c.birth.equals(birth)) {
                    i.remove();
                    return c;
                }
            }
            flags.set(flags.size() - 1, String.valueOf(nChildren + 1));
            return start(birth, flags, env);
        }

        private Msg configure(Msg r) throws IOException {
            String name = r.str("as", "server");
            Child old = parties.remove(name);
            if (old != null && isReusable(old)) {
                idle.add(old);
            } else if (old != null) {
                retire(old);
            }
            Child c = take(r, name.equals("server"));
            parties.put(name, c);
            Msg m = c.call(r);
            if (!m.is("ok")) {
                parties.remove(name);
                retire(c);
            }
            return m;
        }

        private Msg load(Msg r) throws IOException {
            if (r.containsKey("abi_major")) {
                throw new Failure("UNSUPPORTED", "driver: a JVM has no C ABI");
            }
            if (!isFluss) {
                throw new Failure("UNSUPPORTED", "driver: hadoop-cos is on the class path, nothing is searched for");
            }
            for (Child old : idle) {
                retire(old); // a manager of plugins looks into its tree once
            }
            idle.clear();
            parties.values().forEach(this::retire);
            parties.clear();
            String home = r.str("fluss_home", null);
            tree = r.str("plugins_dir", home == null ? tree : home + "/plugins");
            Msg about = new Msg("net", new Msg("socks", new Msg("host", "127.0.0.1", "port", 1L)), "log_level", "debug");
            Child c = take(about, true);
            try {
                return c.call(r);
            } finally {
                retire(c);
            }
        }

        // ---- what needs more than one party ----

        private Msg managerStart(Msg r) {
            if (r.containsKey("mgr")) {
                return owner(r).call(r); // start() of that one, a second time
            }
            Child c = party(r.str("as", "client"));
            if (r.str("source", "self").equals("self")) {
                owner(new Msg("fs", r.num("fs", 0)));
            }
            c.hasManager = true;
            return c.call(r);
        }

        /** A client's manager asks its server for a token: the server is another process. */
        void mint(Child client, Msg m) {
            follow(m.num("now", 0));
            Msg answer;
            try {
                answer = owner(m).call(new Msg("op", "get_token", "fs", m.get("fs")));
            } catch (Failure e) {
                answer = refusal(0L, e.err());
            }
            client.send(new Msg("minted", m.get("mint"), "answer", answer));
        }

        synchronized void follow(long ms) {
            if (isVirtual && ms > nowMs) {
                nowMs = ms;
            }
        }

        private Msg advance(Msg r) {
            if (!isVirtual) {
                throw new Failure("UNSUPPORTED", "driver: the clock is real");
            }
            long end = nowMs + r.num("ms", 0);
            long steps = 0;
            for (Child c : parties.values()) {
                if (c.hasManager) {
                    Msg m = c.call(new Msg("op", "advance", "end", end, "jump", r.is("jump")));
                    steps += m.num("steps", 0);
                }
            }
            follow(end);
            Msg m = reply(r.get("id"), true);
            m.put("epoch_ms", nowMs);
            m.put("steps", steps);
            return m;
        }

        private Msg parallel(Msg r) {
            List<Object> ops = r.list("ops");
            if (ops.isEmpty() || ops.size() > 64) {
                throw new Failure("INVALID_ARG", "driver: parallel takes 1 to 64 ops");
            }
            List<CompletableFuture<Msg>> all = new ArrayList<>();
            ExecutorService threads = Executors.newCachedThreadPool();
            for (Object op : ops) {
                all.add(CompletableFuture.supplyAsync(() -> serve(Msg.of(op)), threads));
            }
            Msg m = reply(r.get("id"), true);
            m.put("replies", all.stream().map(CompletableFuture::join).collect(Collectors.toList()));
            threads.shutdown();
            return m;
        }

        private Msg stats(Msg r) {
            Child c = parties.getOrDefault("server", parties.values().stream().findFirst().orElse(null));
            if (c != null) {
                return c.call(r);
            }
            Msg m = reply(r.get("id"), true);
            try {
                Party.stats(m);
            } catch (IOException e) {
                throw new Failure("INTERNAL", "driver: " + e.getMessage());
            }
            return m;
        }
    }

    // ---- a party ----

    /** What is open. */
    static final class Open {
        final String kind;
        final Object object;
        final String uri;

        Open(String kind, Object object, String uri) {
            this.kind = kind;
            this.object = object;
            this.uri = uri;
        }
    }

    static final class Party {
        private final long number;
        private final PrintStream out;
        private final Subject subject;
        private final Map<Long, Open> open = new ConcurrentHashMap<>();
        private final AtomicLong count = new AtomicLong();
        private final Map<Long, CompletableFuture<Msg>> minting = new ConcurrentHashMap<>();
        private final AtomicLong mints = new AtomicLong();
        private volatile boolean isDirty;

        Party(Map<String, String> o) throws Exception {
            number = Long.parseLong(o.get("number"));
            out = System.out;
            System.setOut(System.err); // stdout is the protocol's
            if (o.get("clock").equals("virtual")) {
                Time.isVirtual = true;
            }
            subject = o.get("kind").equals("fluss") ? new Fluss(o.get("role").equals("server")) : new Hadoop(o.get("role").equals("server"));
        }

        void run() throws IOException {
            ExecutorService threads = Executors.newCachedThreadPool(r -> {
                Thread t = new Thread(r, "op");
                t.setDaemon(true);
                return t;
            });
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Msg m = Msg.of(Json.read(line));
                if (m.containsKey("minted")) {
                    minting.remove(m.num("minted", 0)).complete(m.sub("answer"));
                } else {
                    threads.execute(() -> answer(m));
                }
            }
        }

        private void send(Msg m) {
            synchronized (out) {
                byte[] line = (Json.write(m) + "\n").getBytes(StandardCharsets.UTF_8);
                out.write(line, 0, line.length);
                out.flush();
            }
        }

        private void answer(Msg r) {
            Time.begin(r.num("now", 0));
            Msg m = reply(r.get("id"), true);
            try {
                serve(r, m);
            } catch (Throwable e) {
                isDirty = isDirty || r.str("op", "").matches("write|append|out_.*");
                m = refusal(r.get("id"), e instanceof Failure ? ((Failure) e).err() : Classes.of(e, r.str("op", "")));
            }
            m.put("now", Time.end());
            send(m);
        }

        private long add(String kind, Object object, String uri) {
            long n = number * MILLION + count.incrementAndGet();
            open.put(n, new Open(kind, object, uri));
            return n;
        }

        private Open handle(Msg r, String kind) {
            Open h = open.get(r.num(kind, -1));
            if (h == null || !h.kind.equals(kind)) {
                throw new Failure("INVALID_ARG", "driver: '" + kind + "' is no open handle");
            }
            return h;
        }

        private void serve(Msg r, Msg m) throws Throwable {
            switch (r.str("op", "")) {
            case "configure":
                Time.setEnv(r.sub("env"));
                m.put("keys", subject.configure(r));
                return;
            case "env":
                isDirty = true;
                Time.setEnv(r.sub("env"));
                return;
            case "load":
                m.put("schemes", subject.load());
                return;
            case "reset":
                m.put("clean_party", reset());
                return;
            case "open":
                Object fs = subject.open(r.must("uri"));
                m.put("fs", add("fs", fs, r.must("uri")));
                m.put("uri", subject.uri(fs));
                return;
            case "close":
                subject.close(handle(r, "fs").object);
                open.remove(r.num("fs", 0));
                return;
            case "get_token":
                subject.obtain(handle(r, "fs").object).write(m);
                return;
            case "apply_token":
                isDirty = true;
                subject.apply(new Token(r));
                return;
            case "manager_start":
                isDirty = true;
                if (r.containsKey("mgr")) {
                    subject.startAgain(handle(r, "mgr").object);
                    m.put("mgr", r.num("mgr", 0));
                    return;
                }
                m.put("mgr", add("mgr", subject.start(r.sub("conf"), source(r)), null));
                return;
            case "manager_stop":
                long from = System.nanoTime();
                subject.stop(handle(r, "mgr").object);
                open.remove(r.num("mgr", 0));
                m.put("stopped_ms", (System.nanoTime() - from) / MILLION);
                return;
            case "advance":
                m.put("steps", Time.advance(r.num("end", 0), r.is("jump")));
                return;
            case "stats":
                stats(m);
                return;
            default:
                new Files_(this, r, m).serve();
            }
        }

        /** Everything is dropped; true: as good as new. */
        private boolean reset() throws Exception {
            boolean clean = !isDirty;
            for (Open h : open.values()) {
                if (h.kind.equals("out")) {
                    clean = false;
                } else if (h.kind.equals("in")) {
                    ((InputStream) h.object).close();
                }
            }
            for (Open h : open.values()) {
                if (h.kind.equals("fs")) {
                    try {
                        subject.close(h.object);
                    } catch (Throwable e) {
                        clean = false;
                    }
                }
            }
            open.clear();
            return clean;
        }

        // ---- tokens of a manager ----

        private Callable<Token> source(Msg r) {
            if (r.str("source", "self").equals("self")) {
                long fs = r.num("fs", 0);
                return () -> minted(fs);
            }
            List<Object> tokens = r.list("tokens");
            if (tokens.isEmpty()) {
                throw new Failure("INVALID_ARG", "driver: 'tokens' is missing or empty");
            }
            AtomicLong next = new AtomicLong();
            return () -> {
                Msg item = Msg.of(tokens.get((int) Math.min(next.getAndIncrement(), tokens.size() - 1)));
                if (item.containsKey("err")) {
                    throw new IOException("the server could not obtain a token");
                }
                return new Token(item);
            };
        }

        private Token minted(long fs) throws Exception {
            long n = mints.incrementAndGet();
            CompletableFuture<Msg> answer = new CompletableFuture<>();
            minting.put(n, answer);
            send(new Msg("mint", n, "fs", fs, "now", Time.currentTimeMillis()));
            Msg m = answer.get();
            if (!m.is("ok")) {
                throw new IOException(m.sub("err").str("message", "the server could not obtain a token"));
            }
            return new Token(m);
        }

        private static void stats(Msg m) throws IOException {
            Map<String, Long> status = new HashMap<>();
            for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
                Matcher n = Pattern.compile("(\\w+):\\s+(\\d+)(?: kB)?").matcher(line);
                if (n.matches()) {
                    status.put(n.group(1), Long.parseLong(n.group(2)));
                }
            }
            m.put("rss_kb", status.get("VmRSS"));
            m.put("peak_rss_kb", status.get("VmHWM"));
            m.put("threads", status.get("Threads"));
            m.put("fds", (long) new File("/proc/self/fd").list().length);
            m.put("pid", ProcessHandle.current().pid());
        }
    }

    /** A token on its way. */
    static final class Token {
        final String scheme;
        final byte[] bytes;
        final Long validUntilMs;
        final Map<String, String> infos = new LinkedHashMap<>();

        Token(String scheme, byte[] bytes, Long validUntilMs, Map<String, String> infos) {
            this.scheme = scheme;
            this.bytes = bytes;
            this.validUntilMs = validUntilMs;
            this.infos.putAll(infos);
        }

        Token(Msg m) {
            Msg payload = m.sub("token");
            scheme = m.str("scheme", "cosn");
            bytes = payload.containsKey("text") ? payload.must("text").getBytes(StandardCharsets.UTF_8) : Base64.getDecoder().decode(payload.must("b64"));
            Long until = m.get("valid_until_ms") instanceof Number ? Long.valueOf(m.num("valid_until_ms", 0)) : null;
            validUntilMs = m.containsKey("valid_for_ms") ? Long.valueOf(Time.currentTimeMillis() + m.num("valid_for_ms", 0)) : until;
            m.sub("infos").forEach((k, v) -> infos.put(k, String.valueOf(v)));
        }

        void write(Msg m) {
            m.put("scheme", scheme);
            m.put("token", new Msg("b64", Base64.getEncoder().encodeToString(bytes)));
            m.put("valid_until_ms", validUntilMs);
            m.put("infos", infos);
        }
    }

    // ---- files ----

    /** xs64: see PROTOCOL.md, "Generated bytes". */
    static final class Gen {
        private long state;
        private long word;
        private int left;

        Gen(long seed, long skip) {
            state = seed != 0 ? seed : 0x9E3779B97F4A7C15L;
            for (long i = 0; i < skip / 8; i++) {
                step();
            }
            for (long i = 0; i < skip % 8; i++) {
                next();
            }
        }

        private void step() {
            state ^= state >>> 12;
            state ^= state << 25;
            state ^= state >>> 27;
        }

        private byte next() {
            if (left == 0) {
                step();
                word = state * 0x2545F4914F6CDD1DL;
                left = 8;
            }
            byte b = (byte) word;
            word >>>= 8;
            left--;
            return b;
        }

        void fill(byte[] to, int n) {
            for (int i = 0; i < n; i++) {
                to[i] = next();
            }
        }
    }

    /** The operations on files of one request. */
    static final class Files_ {
        private static final int DEFAULT_CHUNK = 65536;
        private static final long MAX_CHUNK = 16 << 20;
        private static final int MAX_SPELLED = 1000;
        private final Party party;
        private final Subject subject;
        private final Msg r;
        private final Msg m;
        private final MessageDigest digest;
        private long len;

        Files_(Party party, Msg r, Msg m) throws Exception {
            this.party = party;
            this.subject = party.subject;
            this.r = r;
            this.m = m;
            digest = MessageDigest.getInstance("SHA-256");
        }

        private Object fs() {
            return party.handle(r, "fs").object;
        }

        /** A path of the protocol as a whole URI: absolute in the bucket, a URI, or relative to the URI of the filesystem. */
        private String path(String member) throws Throwable {
            String given = r.must(member);
            Open h = party.handle(r, "fs");
            if (given.startsWith("cosn://")) {
                return given;
            }
            Matcher root = Pattern.compile("([^:]+://[^/]*)(.*)", Pattern.DOTALL).matcher(h.uri);
            if (!root.matches()) {
                return given;
            }
            if (given.startsWith("/")) {
                return root.group(1) + given;
            }
            String below = root.group(2);
            if (given.isEmpty() || given.equals(".")) {
                return root.group(1) + (below.isEmpty() ? "/" : below);
            }
            return root.group(1) + below + (below.endsWith("/") ? "" : "/") + given;
        }

        void serve() throws Throwable {
            switch (r.str("op", "")) {
            case "stat":
                if (r.containsKey("struct_size")) {
                    throw new Failure("UNSUPPORTED", "driver: a JVM lends no structs");
                }
                m.putAll(subject.stat(fs(), path("path")));
                break;
            case "exists":
                m.put("exists", subject.exists(fs(), path("path")));
                break;
            case "list":
                list(subject.list(fs(), path("path")));
                break;
            case "mkdirs":
                m.put("result", subject.mkdirs(fs(), path("path")));
                break;
            case "delete":
                m.put("result", subject.delete(fs(), path("path"), r.is("recursive")));
                break;
            case "rename":
                m.put("result", subject.rename(fs(), path("src"), path("dst")));
                break;
            case "write":
                write();
                break;
            case "read":
                read();
                break;
            case "append":
                try (OutputStream out = subject.append(fs(), path("path"))) {
                    pump(out);
                }
                break;
            default:
                serveStream();
            }
        }

        private void serveStream() throws Throwable {
            switch (r.str("op", "")) {
            case "out_open":
                m.put("out", party.add("out", create(), null));
                break;
            case "out_write":
                pump(out());
                break;
            case "out_flush":
                out().flush();
                break;
            case "out_pos":
                m.put("pos", subject.pos(out()));
                break;
            case "out_close":
                out().close();
                party.open.put(r.num("out", 0), new Open("out", out(), "closed"));
                break;
            case "in_open":
                m.put("in", party.add("in", subject.input(fs(), path("path")), null));
                break;
            case "in_read":
                readOnce();
                break;
            case "in_seek":
                subject.seek(in(), r.num("pos", 0));
                break;
            case "in_pos":
                m.put("pos", subject.pos(in()));
                break;
            case "in_close":
                in().close();
                break;
            default:
                throw new Failure("UNSUPPORTED", "driver: unknown operation '" + r.str("op", "") + "'");
            }
        }

        private OutputStream out() {
            return (OutputStream) party.handle(r, "out").object;
        }

        private InputStream in() {
            return (InputStream) party.handle(r, "in").object;
        }

        private void list(List<Msg> entries) {
            m.put("count", (long) entries.size());
            if (entries.size() <= MAX_SPELLED) {
                m.put("entries", entries);
                return;
            }
            List<byte[]> paths = entries.stream().map(e -> e.str("path", "").getBytes(StandardCharsets.UTF_8)).sorted(Arrays::compareUnsigned)
                    .collect(Collectors.toList());
            for (byte[] p : paths) {
                digest.update(p);
                digest.update((byte) '\n');
            }
            m.put("sha256_of_sorted_paths", hex(digest.digest()));
        }

        private static String hex(byte[] bytes) {
            StringBuilder b = new StringBuilder();
            for (byte x : bytes) {
                b.append(String.format("%02x", x));
            }
            return b.toString();
        }

        private OutputStream create() throws Throwable {
            return subject.create(fs(), path("path"), !r.str("mode", "overwrite").equals("create"));
        }

        private int chunk() {
            long chunk = r.num("chunk", DEFAULT_CHUNK);
            return chunk > 0 && chunk <= MAX_CHUNK ? (int) chunk : DEFAULT_CHUNK;
        }

        /** The bytes of `data`, chunk by chunk, flushed each time that flush_every bytes are written. */
        private void pump(OutputStream out) throws Throwable {
            Msg data = r.sub("data");
            Msg gen = data.sub("gen");
            byte[] text = data.containsKey("text") ? data.must("text").getBytes(StandardCharsets.UTF_8) : null;
            if (text == null && gen.num("size", -1) < 0) {
                throw new Failure("INVALID_ARG", "driver: 'data' is neither text nor gen");
            }
            long left = text != null ? text.length : gen.num("size", 0);
            Gen bytes = new Gen(gen.num("seed", 0), gen.num("skip", 0));
            byte[] buf = new byte[(int) Math.min(chunk(), Math.max(left, 1))];
            long sinceFlush = 0;
            for (long done = 0; left > 0;) {
                int n = (int) Math.min(left, buf.length);
                if (text != null) {
                    System.arraycopy(text, (int) done, buf, 0, n);
                } else {
                    bytes.fill(buf, n);
                }
                out.write(buf, 0, n);
                digest.update(buf, 0, n);
                done += n;
                left -= n;
                len = done;
                sinceFlush += n;
                if (r.num("flush_every", 0) > 0 && sinceFlush >= r.num("flush_every", 0)) {
                    sinceFlush = 0;
                    out.flush();
                }
            }
        }

        /** As Fluss writes: try with resources, so that a stream is closed also when a write fails. */
        private void write() throws Throwable {
            long pos;
            try (OutputStream out = create()) {
                pump(out);
                pos = subject.pos(out);
            }
            m.put("len", len);
            m.put("sha256", hex(digest.digest()));
            m.put("pos", pos);
        }

        private void read() throws Throwable {
            long want = r.num("bytes", Long.MAX_VALUE);
            String form = r.str("want", "");
            java.io.ByteArrayOutputStream back = new java.io.ByteArrayOutputStream();
            try (InputStream in = subject.input(fs(), path("path"))) {
                if (r.num("offset", 0) > 0) {
                    subject.seek(in, r.num("offset", 0));
                }
                byte[] buf = new byte[chunk()];
                while (want > 0) {
                    int n = in.read(buf, 0, (int) Math.min(want, buf.length));
                    if (n < 0) {
                        break;
                    }
                    digest.update(buf, 0, n);
                    len += n;
                    want -= n;
                    if (back.size() <= 65536 - n) {
                        back.write(buf, 0, n);
                    }
                }
            }
            m.put("len", len);
            m.put("sha256", hex(digest.digest()));
            if (form.equals("text") && back.size() == len) {
                m.put("text", back.toString("UTF-8"));
            } else if (form.equals("b64") && back.size() == len) {
                m.put("b64", Base64.getEncoder().encodeToString(back.toByteArray()));
            }
        }

        /** One read into the middle of a guarded buffer. */
        private void readOnce() throws Throwable {
            long want = r.num("bytes", 0);
            long at = r.num("buf_off", 0);
            if (want < 0 || want > MAX_CHUNK || at < 0 || at > MAX_CHUNK) {
                throw new Failure("INVALID_ARG", "driver: bytes and buf_off are 0 to " + MAX_CHUNK);
            }
            byte[] buf = new byte[(int) (at + want + 16)];
            Arrays.fill(buf, (byte) 0xA5);
            int n = in().read(buf, (int) at, (int) want);
            int got = Math.max(n, 0);
            digest.update(buf, (int) at, got);
            boolean clean = true;
            for (int i = 0; i < buf.length; i++) {
                clean = clean && (buf[i] == (byte) 0xA5 || i >= at && i < at + got);
            }
            m.put("n", (long) n);
            m.put("len", (long) got);
            m.put("sha256", hex(digest.digest()));
            m.put("clean", clean);
        }
    }

    // ---- subjects ----

    /** Public methods of the product, by name and number of arguments, of the class that declares the API. */
    static final class Api {
        private static final Map<String, Method> KNOWN = new ConcurrentHashMap<>();

        static Class<?> type(String name) {
            try {
                return Class.forName(name, true, ConformDriver.class.getClassLoader());
            } catch (ClassNotFoundException e) {
                throw new Failure("INTERNAL", "driver: the class path has no " + name);
            }
        }

        static Object call(Class<?> type, Object target, String name, Object... args) throws Throwable {
            Method method = KNOWN.computeIfAbsent(type.getName() + "." + name + Arrays.stream(args).map(a -> a == null ? "?" : a.getClass().getName())
                    .collect(Collectors.joining(",")), k -> find(type, name, args));
            try {
                return method.invoke(target, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        static boolean has(Class<?> type, String name) {
            return Arrays.stream(type.getMethods()).anyMatch(m -> m.getName().equals(name));
        }

        private static Method find(Class<?> type, String name, Object[] args) {
            for (Method m : type.getMethods()) {
                if (m.getName().equals(name) && takes(m.getParameterTypes(), args)) {
                    m.setAccessible(true);
                    return m;
                }
            }
            throw new Failure("INTERNAL", "driver: " + type.getName() + " has no " + name + Arrays.toString(args));
        }

        private static boolean takes(Class<?>[] types, Object[] args) {
            boolean fits = types.length == args.length;
            for (int i = 0; fits && i < args.length; i++) {
                Class<?> t = types[i] == boolean.class ? Boolean.class : types[i] == long.class ? Long.class : types[i] == int.class ? Integer.class : types[i];
                fits = args[i] == null ? !types[i].isPrimitive() : t.isInstance(args[i]);
            }
            return fits;
        }

        static Object make(Class<?> type, Object... args) throws Throwable {
            for (java.lang.reflect.Constructor<?> c : type.getConstructors()) {
                if (takes(c.getParameterTypes(), args)) {
                    try {
                        return c.newInstance(args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }
            }
            throw new Failure("INTERNAL", "driver: " + type.getName() + " cannot be made of " + Arrays.toString(args));
        }
    }

    /** What a party can do, in the words of the protocol. */
    abstract static class Subject {
        abstract List<String> configure(Msg r) throws Throwable;

        abstract Object open(String uri) throws Throwable;

        abstract void close(Object fs) throws Throwable;

        abstract Class<?> fsType();

        abstract Object path(String uri) throws Throwable;

        abstract OutputStream create(Object fs, String path, boolean overwrite) throws Throwable;

        abstract Msg status(Object status) throws Throwable;

        List<String> load() throws Throwable {
            throw new Failure("UNSUPPORTED", "driver: nothing is searched for");
        }

        OutputStream append(Object fs, String path) throws Throwable {
            throw new Failure("UNSUPPORTED", "driver: Fluss's FileSystem has no append");
        }

        Token obtain(Object fs) throws Throwable {
            throw new Failure("UNSUPPORTED", "driver: Hadoop obtains no tokens");
        }

        abstract void apply(Token token) throws Throwable;

        Object start(Msg conf, Callable<Token> source) throws Throwable {
            throw new Failure("UNSUPPORTED", "driver: Hadoop has no manager of tokens");
        }

        void startAgain(Object manager) throws Throwable {
            throw new Failure("UNSUPPORTED", "driver: Hadoop has no manager of tokens");
        }

        void stop(Object manager) throws Throwable {
            throw new Failure("UNSUPPORTED", "driver: Hadoop has no manager of tokens");
        }

        String uri(Object fs) throws Throwable {
            return Api.call(fsType(), fs, "getUri").toString();
        }

        Msg stat(Object fs, String path) throws Throwable {
            return status(Api.call(fsType(), fs, "getFileStatus", path(path)));
        }

        boolean exists(Object fs, String path) throws Throwable {
            return (Boolean) Api.call(fsType(), fs, "exists", path(path));
        }

        List<Msg> list(Object fs, String path) throws Throwable {
            List<Msg> all = new ArrayList<>();
            for (Object status : (Object[]) Api.call(fsType(), fs, "listStatus", path(path))) {
                all.add(status(status));
            }
            return all;
        }

        boolean mkdirs(Object fs, String path) throws Throwable {
            return (Boolean) Api.call(fsType(), fs, "mkdirs", path(path));
        }

        boolean delete(Object fs, String path, boolean recursive) throws Throwable {
            return (Boolean) Api.call(fsType(), fs, "delete", path(path), recursive);
        }

        boolean rename(Object fs, String from, String to) throws Throwable {
            return (Boolean) Api.call(fsType(), fs, "rename", path(from), path(to));
        }

        InputStream input(Object fs, String path) throws Throwable {
            return (InputStream) Api.call(fsType(), fs, "open", path(path));
        }

        abstract Class<?> streamType(Object stream);

        void seek(InputStream in, long pos) throws Throwable {
            Api.call(streamType(in), in, "seek", pos);
        }

        long pos(Object stream) throws Throwable {
            return (Long) Api.call(streamType(stream), stream, "getPos");
        }

        /** Hosts that shall refuse lead to port 1: those are not to be asked of the proxy. */
        static void buryTheDead(Msg r) {
            List<String> dead = new ArrayList<>(Arrays.asList("localhost"));
            for (Object route : r.sub("net").list("resolve")) {
                String[] parts = ((String) route).split(":");
                if (parts.length == 4 && parts[3].equals("1")) {
                    dead.add(parts[0]);
                }
            }
            System.setProperty("socksNonProxyHosts", String.join("|", dead));
            System.setProperty("http.nonProxyHosts", String.join("|", dead)); // what OkHttp goes by, of a SOCKS proxy, too
        }

        /** `conf`, with keys of a client's options laid over those that they mean, and a place for the buffers of hadoop-cos. */
        static Map<String, String> conf(Msg r) {
            Map<String, String> conf = new TreeMap<>();
            conf.put("fs.cosn.tmp.dir", System.getProperty("java.io.tmpdir") + "/hadoop_cos");
            if (!Time.isVirtual) {
                conf.put("fs.cosn.retry.interval.seconds", "1");
            }
            r.sub("conf").forEach((k, v) -> conf.put(k, String.valueOf(v)));
            return conf;
        }
    }

    static final class Hadoop extends Subject {
        private static final String PROVIDER = "fs.cosn.credentials.provider";
        private final Class<?> fs = Api.type(HADOOP_FS);
        private final Class<?> configuration = Api.type("org.apache.hadoop.conf.Configuration");
        private final Class<?> path = Api.type("org.apache.hadoop.fs.Path");
        private final Class<?> status = Api.type("org.apache.hadoop.fs.FileStatus");
        private final boolean isServer;
        private Object conf;

        Hadoop(boolean isServer) {
            this.isServer = isServer;
        }

        @Override
        List<String> configure(Msg r) throws Throwable {
            if (r.containsKey("yaml") && r.num("mode", 0) != 2) {
                throw new Failure("UNSUPPORTED", "driver: Hadoop reads no YAML");
            }
            buryTheDead(r);
            conf = Api.make(configuration);
            set("fs.cosn.impl", COSN_FS);
            conf(r).forEach(this::set);
            Map<String, Object> given = r.sub("conf");
            if (!isServer && !given.containsKey("fs.cosn.userinfo.secretId") && !given.containsKey(PROVIDER)) {
                set(PROVIDER, SESSION);
            }
            return new ArrayList<>(conf(r).keySet());
        }

        private void set(String key, String value) {
            try {
                Api.call(configuration, conf, "set", key, value);
            } catch (Throwable e) {
                throw new Failure("CONFIG", key + ": " + e.getMessage());
            }
        }

        @Override
        Object open(String uri) throws Throwable {
            return Api.call(fs, null, "newInstance", URI.create(uri), conf);
        }

        /** What the token says of the way to the bucket is configuration of what is opened from now on. */
        @Override
        void apply(Token token) throws Throwable {
            Msg keys = Msg.of(Json.read(new String(token.bytes, StandardCharsets.UTF_8)));
            Api.call(Api.type(SESSION), null, "set", keys.must("access_key_id"), keys.must("access_key_secret"), keys.must("security_token"));
            token.infos.forEach(this::set);
        }

        @Override
        void close(Object target) throws Throwable {
            Api.call(fs, target, "close");
        }

        @Override
        Class<?> fsType() {
            return fs;
        }

        @Override
        Object path(String uri) throws Throwable {
            return Api.make(path, uri);
        }

        @Override
        OutputStream create(Object target, String uri, boolean overwrite) throws Throwable {
            return (OutputStream) Api.call(fs, target, "create", path(uri), overwrite);
        }

        @Override
        OutputStream append(Object target, String uri) throws Throwable {
            return (OutputStream) Api.call(fs, target, "append", path(uri));
        }

        @Override
        Msg status(Object st) throws Throwable {
            return new Msg("path", Api.call(status, st, "getPath").toString(), "is_dir", Api.call(status, st, "isDirectory"),
                    "len", Api.call(status, st, "getLen"), "mtime_ms", Api.call(status, st, "getModificationTime"));
        }

        @Override
        Class<?> streamType(Object stream) {
            return Api.type(stream instanceof InputStream ? "org.apache.hadoop.fs.FSDataInputStream" : "org.apache.hadoop.fs.FSDataOutputStream");
        }
    }

    static final class Fluss extends Subject {
        private final Class<?> fs = Api.type(FLUSS_FS);
        private final Class<?> configuration = Api.type("org.apache.fluss.config.Configuration");
        private final Class<?> path = Api.type("org.apache.fluss.fs.FsPath");
        private final Class<?> status = Api.type("org.apache.fluss.fs.FileStatus");
        private final Class<?> token = Api.type("org.apache.fluss.fs.token.ObtainedSecurityToken");
        private final boolean isServer;
        private Object conf;
        private Object plugins;

        Fluss(boolean isServer) {
            this.isServer = isServer;
        }

        @Override
        List<String> configure(Msg r) throws Throwable {
            buryTheDead(r);
            conf = read(r);
            List<String> keys = new ArrayList<>(conf(r).keySet());
            for (Map.Entry<String, String> e : conf(r).entrySet()) {
                Api.call(configuration, conf, "setString", e.getKey(), e.getValue());
            }
            @SuppressWarnings("unchecked")
            Map<String, String> all = (Map<String, String>) Api.call(configuration, conf, "toMap");
            for (Map.Entry<String, String> e : all.entrySet()) { // as Fluss's client takes its options for the filesystem
                if (e.getKey().startsWith("client.fs.")) {
                    Api.call(configuration, conf, "setString", e.getKey().substring("client.fs.".length()), e.getValue());
                }
            }
            if (isServer && plugins == null) {
                plugins = Api.call(Api.type("org.apache.fluss.plugin.PluginUtils"), null, "createPluginManagerFromRootFolder", conf);
            }
            initialize();
            return keys;
        }

        private Object read(Msg r) throws Throwable {
            Object empty = Api.make(configuration);
            if (!r.containsKey("yaml") || r.num("mode", 0) == 2) {
                return empty;
            }
            if (r.num("mode", 0) != 0) {
                throw new Failure("UNSUPPORTED", "driver: Fluss has no strict reader");
            }
            File dir = new File(r.must("yaml")).getParentFile();
            return Api.call(Api.type("org.apache.fluss.config.GlobalConfiguration"), null, "loadConfiguration", dir.getPath(), empty);
        }

        /** This also empties Fluss's cache, so that each `open` asks the plugin for a filesystem: the cache is Fluss's, not the plugin's. */
        private void initialize() throws Throwable {
            Api.call(fs, null, "initialize", conf, plugins);
        }

        @Override
        List<String> load() throws Throwable {
            Object manager = Api.call(Api.type("org.apache.fluss.plugin.PluginUtils"), null, "createPluginManagerFromRootFolder", Api.make(configuration));
            Class<?> plugin = Api.type(FLUSS_PLUGIN);
            List<String> schemes = new ArrayList<>();
            Iterator<?> found = (Iterator<?>) Api.call(Api.type("org.apache.fluss.plugin.PluginManager"), manager, "load", plugin);
            while (found.hasNext()) {
                schemes.add((String) Api.call(plugin, found.next(), "getScheme"));
            }
            return schemes;
        }

        @Override
        synchronized Object open(String uri) throws Throwable {
            initialize();
            return Api.call(path, path(uri), "getFileSystem");
        }

        @Override
        void close(Object target) throws Throwable {
            initialize(); // Fluss has no other way to let go of a filesystem
        }

        @Override
        Class<?> fsType() {
            return fs;
        }

        @Override
        Object path(String uri) throws Throwable {
            return Api.make(path, uri);
        }

        @Override
        OutputStream create(Object target, String uri, boolean overwrite) throws Throwable {
            Class<?> modes = Api.type(FLUSS_FS + "$WriteMode");
            Object mode = Api.call(modes, null, "valueOf", overwrite ? "OVERWRITE" : "NO_OVERWRITE");
            return (OutputStream) Api.call(fs, target, "create", path(uri), mode);
        }

        @Override
        Msg status(Object st) throws Throwable {
            Msg m = new Msg("path", Api.call(status, st, "getPath").toString(), "is_dir", Api.call(status, st, "isDir"),
                    "len", Api.call(status, st, "getLen"));
            m.put("mtime_ms", Api.has(status, "getModificationTime") ? Api.call(status, st, "getModificationTime")
                    : Api.has(st.getClass(), "getModificationTime") ? Api.call(st.getClass(), st, "getModificationTime") : null);
            return m;
        }

        @Override
        Class<?> streamType(Object stream) {
            return Api.type(stream instanceof InputStream ? "org.apache.fluss.fs.FSDataInputStream" : "org.apache.fluss.fs.FSDataOutputStream");
        }

        @Override
        Token obtain(Object target) throws Throwable {
            Object t = Api.call(fs, target, "obtainSecurityToken");
            @SuppressWarnings("unchecked")
            java.util.Optional<Long> until = (java.util.Optional<Long>) Api.call(token, t, "getValidUntil");
            @SuppressWarnings("unchecked")
            Map<String, String> infos = (Map<String, String>) Api.call(token, t, "getAdditionInfos");
            return new Token((String) Api.call(token, t, "getScheme"), (byte[]) Api.call(token, t, "getToken"), until.orElse(null),
                    infos == null ? Collections.emptyMap() : infos);
        }

        private Object flussToken(Token t) throws Throwable {
            return Api.make(token, t.scheme, t.bytes, t.validUntilMs, t.infos);
        }

        /** As SecurityTokenReceiverRepository finds them, which is not public. */
        @Override
        void apply(Token t) throws Throwable {
            Class<?> type = Api.type(FLUSS_RECEIVER);
            for (Object receiver : ServiceLoader.load(type, type.getClassLoader())) {
                if (Api.call(type, receiver, "scheme").equals(t.scheme)) {
                    Api.call(type, receiver, "onNewTokensObtained", flussToken(t));
                    return;
                }
            }
            throw new Failure("UNSUPPORTED_SCHEME", "no receiver is there for tokens of '" + t.scheme + "'");
        }

        @Override
        Object start(Msg given, Callable<Token> source) throws Throwable {
            Object managerConf = Api.make(configuration);
            for (Map.Entry<String, Object> e : given.entrySet()) {
                Api.call(configuration, managerConf, "setString", e.getKey(), String.valueOf(e.getValue()));
            }
            Class<?> provider = Api.type("org.apache.fluss.client.token.SecurityTokenProvider");
            Object proxy = Proxy.newProxyInstance(provider.getClassLoader(), new Class<?>[] {provider}, (self, method, args) -> {
                return method.getName().equals("obtainSecurityToken") ? flussToken(source.call()) : null;
            });
            Object manager = Api.make(Api.type(FLUSS_MANAGER), managerConf, proxy);
            Api.call(Api.type(FLUSS_MANAGER), manager, "start");
            return manager;
        }

        @Override
        void startAgain(Object manager) throws Throwable {
            Api.call(Api.type(FLUSS_MANAGER), manager, "start");
        }

        @Override
        void stop(Object manager) throws Throwable {
            Api.call(Api.type(FLUSS_MANAGER), manager, "stop");
        }
    }

    // ---- classes of errors ----

    /** What a Throwable is in the protocol. Its type says some; most of it has to be read from texts, which is said (`typed` false). */
    static final class Classes {
        /** By simple name of the type: {name, class}. */
        private static final String[][] TYPES = {
            {"FileNotFoundException", "NOT_FOUND"}, {"NoSuchFileException", "NOT_FOUND"}, {"FileAlreadyExistsException", "ALREADY_EXISTS"},
            {"ParentNotDirectoryException", "NOT_DIR"}, {"PathIsNotDirectoryException", "NOT_DIR"}, {"PathIsNotEmptyDirectoryException", "NOT_EMPTY"},
            {"DirectoryNotEmptyException", "NOT_EMPTY"}, {"AccessControlException", "ACCESS_DENIED"}, {"AccessDeniedException", "ACCESS_DENIED"},
            {"EOFException", "INVALID_ARG"}, {"UnsupportedFileSystemSchemeException", "UNSUPPORTED_SCHEME"}, {"UnsupportedFileSystemException",
                "UNSUPPORTED_SCHEME"}, {"UnsupportedOperationException", "UNSUPPORTED"}, {"SocketTimeoutException", "TIMEOUT"}, {"ConnectException",
                "NETWORK"}, {"UnknownHostException", "NETWORK"}, {"OutOfMemoryError", "NOMEM"},
        };
        /** By the texts of a Throwable and its causes, the first that is found: {pattern, class}. */
        private static final String[][] TEXTS = {
            {"NoAuthWithCOSException|No COS Credentials|credentials have not been received", "CRED_MISSING"},
            {"ExpiredToken|token (has )?expired", "CRED_EXPIRED"},
            {"TencentCloudSDKException", "STS"},
            {"is not set\\. Please set|From option |at least one|endpoint suffix|block size of CosN|is not cos credential provider|cannot be created|"
                    + "bucket\\.region|Could not parse|For input string", "CONFIG"},
            {"NoSuchBucket", "NO_BUCKET"},
            {"SignatureDoesNotMatch|InvalidAccessKeyId|RequestTimeTooSkewed|SignatureExpired", "AUTH"},
            {"Status Code: 403|AccessDenied|403 Forbidden", "ACCESS_DENIED"},
            {"Status Code: 404|NoSuchKey|404 Not Found", "NOT_FOUND"},
            {"Status Code: (429|503)|SlowDown|RequestLimitExceeded", "THROTTLED"},
            {"Read timed out|SocketTimeoutException|timeout", "TIMEOUT"},
            {"UnknownHost|Connection refused|ConnectException|SSLHandshake|SSLException|PKIX|connect timed out|SocketException|NoHttpResponse", "NETWORK"},
            {"Not supported", "UNSUPPORTED"},
            {"as it is not empty|not empty", "NOT_EMPTY"},
            {"is a directory", "IS_DIR"},
            {"it is a file|Path is a file|not a directory", "NOT_DIR"},
            {"Unable to verify integrity|JsonEOF|JsonParse|Unexpected end", "CORRUPT"},
            {"[Cc]losed", "CLOSED"},
            {"IllegalArgumentException|Cannot seek|past the end|Bucket name|URISyntaxException|NullPointerException", "INVALID_ARG"},
        };

        static Msg of(Throwable e, String op) {
            String text = texts(e);
            String errorClass = byType(e);
            boolean isTyped = errorClass != null;
            for (int i = 0; i < TEXTS.length && errorClass == null; i++) {
                if (Pattern.compile(TEXTS[i][0]).matcher(text).find()) {
                    errorClass = TEXTS[i][1];
                }
            }
            String other = op.equals("apply_token") ? "INVALID_ARG" : "IO"; // nothing is sent there
            Msg m = new Msg("class", errorClass == null ? other : errorClass, "typed", isTyped, "retryable", false);
            put(m, "http_status", text, "Status Code: (\\d+)");
            put(m, "cos_code", text, "Error Code: ([^;)]+)|TencentCloudSDKException\\]code: ?(\\S+)");
            put(m, "request_id", text, "Request ID: ([^;)]+)|requestId:([\\w-]+)");
            m.put("message", text.length() > 4000 ? text.substring(0, 4000) : text);
            return m;
        }

        private static String byType(Throwable e) {
            for (Class<?> c = e.getClass(); c != Object.class; c = c.getSuperclass()) {
                for (String[] row : TYPES) {
                    if (c.getSimpleName().equals(row[0])) {
                        return row[1];
                    }
                }
            }
            return null;
        }

        private static void put(Msg m, String name, String text, String pattern) {
            Matcher found = Pattern.compile(pattern).matcher(text);
            if (found.find()) {
                String value = found.groupCount() == 2 && found.group(1) == null ? found.group(2) : found.group(1);
                m.put(name, name.equals("http_status") ? (Object) Long.valueOf(value) : value);
            }
        }

        private static String texts(Throwable e) {
            StringBuilder b = new StringBuilder();
            int depth = 0;
            for (Throwable t = e; t != null && depth < 8; t = t.getCause(), depth++) {
                b.append(depth == 0 ? "" : "; cause: ").append(t);
            }
            return b.toString();
        }
    }

    // ---- time ----

    /**
     * The time and the environment of the subject's classes, on the boot class path. With a virtual clock it stands still during an operation, as the mock's
     * does, and a sleep ends at once; what was slept is added when the operation ends. So a signature is never from the future. Timers wake
     * in advance(), each at its time.
     */
    public static final class Time {
        public static volatile boolean isVirtual;
        private static final Map<String, String> ENVIRONMENT = new ConcurrentHashMap<>();
        private static final java.util.Set<String> GIVEN = ConcurrentHashMap.newKeySet();
        private static final int MAX_IDLE_STEPS = 20;
        private static final AtomicLong NOW = new AtomicLong();
        private static final Map<Thread, Long> SLEPT = new ConcurrentHashMap<>();
        private static final List<TimeExecutor> EXECUTORS = new java.util.concurrent.CopyOnWriteArrayList<>();

        private Time() {
        }

        public static long currentTimeMillis() {
            return isVirtual ? NOW.get() : System.currentTimeMillis();
        }

        public static Date newDate() {
            return new Date(currentTimeMillis());
        }

        /** What was given, else the process's; what was given once and no more is not there. */
        public static String getenv(String name) {
            String value = ENVIRONMENT.get(name);
            return value == null && !GIVEN.contains(name) ? System.getenv(name) : value;
        }

        public static Map<String, String> getenv() {
            Map<String, String> all = new HashMap<>(System.getenv());
            all.keySet().removeAll(GIVEN);
            all.putAll(ENVIRONMENT);
            return all;
        }

        /** A process has one environment; a subject's may change. */
        public static synchronized void setEnv(Map<String, Object> env) {
            GIVEN.addAll(env.keySet());
            ENVIRONMENT.keySet().retainAll(env.keySet());
            env.forEach((name, value) -> ENVIRONMENT.put(name, String.valueOf(value)));
        }

        public static Instant instant() {
            return isVirtual ? Instant.ofEpochMilli(NOW.get()) : Instant.now();
        }

        public static Clock systemDefaultZone() {
            return isVirtual ? new TimeClock(ZoneId.systemDefault()) : Clock.systemDefaultZone();
        }

        public static Clock systemUTC() {
            return isVirtual ? new TimeClock(ZoneId.of("Z")) : Clock.systemUTC();
        }

        /** A real millisecond, so that a thread which sleeps in a loop does not burn the machine. */
        public static void sleep(long ms) throws InterruptedException {
            Thread.sleep(isVirtual ? Math.min(ms, 1) : ms);
            if (isVirtual) {
                SLEPT.merge(Thread.currentThread(), ms, Long::sum);
            }
        }

        public static ScheduledExecutorService newScheduledThreadPool(int size, ThreadFactory factory) {
            if (!isVirtual) {
                return Executors.newScheduledThreadPool(size, factory);
            }
            TimeExecutor e = new TimeExecutor();
            EXECUTORS.add(e);
            return e;
        }

        public static ScheduledExecutorService newScheduledThreadPool(int size) {
            return newScheduledThreadPool(size, Executors.defaultThreadFactory());
        }

        public static ScheduledExecutorService newSingleThreadScheduledExecutor(ThreadFactory factory) {
            return newScheduledThreadPool(1, factory);
        }

        public static ScheduledExecutorService newSingleThreadScheduledExecutor() {
            return newScheduledThreadPool(1);
        }

        /** An operation begins at this time. */
        public static void begin(long ms) {
            NOW.accumulateAndGet(ms, Math::max);
        }

        /** It ends; the time is now. */
        public static long end() {
            long slept = 0;
            for (long ms : SLEPT.values()) {
                slept = Math.max(slept, ms);
            }
            SLEPT.clear();
            return isVirtual ? NOW.addAndGet(slept) : 0;
        }

        /** Let timers wake until @end, each at its time, or with @jump all at @end. Timers that stay due for ever are left alone. */
        public static long advance(long end, boolean jump) {
            long steps = 0;
            int idle = 0;
            if (jump) {
                begin(end);
            }
            for (TimeTask<?> task = next(); task != null && task.dueMs <= end && idle < MAX_IDLE_STEPS; task = next()) {
                idle = task.dueMs > NOW.get() ? 0 : idle + 1;
                begin(task.dueMs);
                task.wake();
                steps++;
            }
            begin(end);
            return steps;
        }

        private static TimeTask<?> next() {
            TimeTask<?> first = null;
            for (TimeExecutor e : EXECUTORS) {
                for (TimeTask<?> task : e.tasks) {
                    first = first == null || task.dueMs < first.dueMs ? task : first;
                }
            }
            return first;
        }
    }

    /** A Clock that tells Time. Named so that it goes into time.jar, as the next two. */
    public static final class TimeClock extends Clock {
        private final ZoneId zone;

        TimeClock(ZoneId zone) {
            this.zone = zone;
        }

        @Override
        public ZoneId getZone() {
            return zone;
        }

        @Override
        public Clock withZone(ZoneId other) {
            return new TimeClock(other);
        }

        @Override
        public Instant instant() {
            return Time.instant();
        }
    }

    /** What is scheduled in virtual time. */
    public static final class TimeTask<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {
        private final TimeExecutor owner;
        private final long periodMs;
        volatile long dueMs;

        TimeTask(TimeExecutor owner, Callable<V> what, long delayMs, long periodMs) {
            super(what);
            this.owner = owner;
            this.periodMs = periodMs;
            dueMs = Time.currentTimeMillis() + Math.max(delayMs, 0);
            owner.tasks.add(this);
        }

        void wake() {
            owner.tasks.remove(this);
            if (periodMs <= 0) {
                run();
            } else if (runAndReset() && !owner.isShutdown()) {
                dueMs += periodMs;
                owner.tasks.add(this);
            }
        }

        @Override
        public boolean cancel(boolean interrupt) {
            owner.tasks.remove(this);
            return super.cancel(interrupt);
        }

        @Override
        public boolean isPeriodic() {
            return periodMs > 0;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueMs - Time.currentTimeMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }

    /** Timers that wake in Time.advance(), on the thread that calls it. */
    public static final class TimeExecutor extends AbstractExecutorService implements ScheduledExecutorService {
        final List<TimeTask<?>> tasks = new java.util.concurrent.CopyOnWriteArrayList<>();
        private volatile boolean isDown;

        private <V> TimeTask<V> add(Callable<V> what, long delay, long period, TimeUnit unit) {
            if (isDown) {
                throw new java.util.concurrent.RejectedExecutionException("the executor is shut down");
            }
            return new TimeTask<>(this, what, unit.toMillis(delay), unit.toMillis(period));
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable what, long delay, TimeUnit unit) {
            return add(Executors.callable(what), delay, 0, unit);
        }

        @Override
        public <V> ScheduledFuture<V> schedule(Callable<V> what, long delay, TimeUnit unit) {
            return add(what, delay, 0, unit);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable what, long delay, long period, TimeUnit unit) {
            return add(Executors.callable(what), delay, period, unit);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable what, long delay, long period, TimeUnit unit) {
            return add(Executors.callable(what), delay, period, unit);
        }

        @Override
        public void execute(Runnable what) {
            Thread t = new Thread(what);
            t.setDaemon(true);
            t.start();
        }

        @Override
        public void shutdown() {
            shutdownNow();
        }

        @Override
        public List<Runnable> shutdownNow() {
            isDown = true;
            List<Runnable> left = new ArrayList<>(tasks);
            tasks.clear();
            return left;
        }

        @Override
        public boolean isShutdown() {
            return isDown;
        }

        @Override
        public boolean isTerminated() {
            return isDown;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return isDown;
        }
    }

    // ---- the agent ----

    public static void premain(String args, Instrumentation instrumentation) {
        instrumentation.addTransformer(new Rewriter());
    }

    /**
     * Redirects what the subject's classes ask the JDK of time and environment to Time, in the class file: a static method by giving its reference another
     * owner, `new Date()` by a call of newDate() in the place of its three instructions, which javac always writes one behind the other.
     * Classes of the JDK and of this driver stay as they are.
     */
    static final class Rewriter implements ClassFileTransformer {
        private static final List<String> STATIC = Arrays.asList("java/lang/System.currentTimeMillis()J", "java/lang/Thread.sleep(J)V",
                "java/lang/System.getenv(Ljava/lang/String;)Ljava/lang/String;", "java/lang/System.getenv()Ljava/util/Map;",
                "java/time/Clock.systemDefaultZone()Ljava/time/Clock;", "java/time/Clock.systemUTC()Ljava/time/Clock;",
                "java/util/concurrent/Executors.newScheduledThreadPool(ILjava/util/concurrent/ThreadFactory;)Ljava/util/concurrent/ScheduledExecutorService;",
                "java/util/concurrent/Executors.newScheduledThreadPool(I)Ljava/util/concurrent/ScheduledExecutorService;",
                "java/util/concurrent/Executors.newSingleThreadScheduledExecutor(Ljava/util/concurrent/ThreadFactory;)"
                        + "Ljava/util/concurrent/ScheduledExecutorService;",
                "java/util/concurrent/Executors.newSingleThreadScheduledExecutor()Ljava/util/concurrent/ScheduledExecutorService;");
        private static final String DATE = "java/util/Date.<init>()V";
        /** Whoever calls one of them has one of these among its constants; nearly all classes of a subject have none, and are read no further. */
        private static final List<byte[]> NAMES = Arrays.stream(new String[] {"currentTimeMillis", "sleep", "getenv", "systemDefaultZone", "systemUTC",
            "newScheduledThreadPool", "newSingleThreadScheduledExecutor", "java/util/Date"}).map(n -> n.getBytes(StandardCharsets.UTF_8))
                .collect(Collectors.toList());
        private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

        @Override
        public byte[] transform(ClassLoader loader, String name, Class<?> old, java.security.ProtectionDomain domain, byte[] bytes) {
            if (loader == null || loader == PLATFORM || name == null || name.startsWith("ConformDriver") || name.startsWith("org/slf4j/")) {
                return null;
            }
            try {
                return new ClassFile(bytes).rewritten();
            } catch (IOException | RuntimeException e) {
                System.err.println("driver: " + name + " is left as it is: " + e);
                return null;
            }
        }

        /** The constant pool of a class file: JVM specification, 4.4. */
        private static final class ClassFile {
            private final byte[] bytes;
            private final int count;
            private final int[] at;
            private final int end;
            private boolean isConcerned;

            ClassFile(byte[] bytes) {
                this.bytes = bytes;
                count = u2(8);
                at = new int[count];
                int pos = 10;
                for (int i = 1; i < count; i++) {
                    at[i] = pos;
                    int tag = bytes[pos];
                    if (tag == 1) {
                        int n = u2(pos + 1);
                        isConcerned = isConcerned || isName(pos + 3, n);
                        pos += 3 + n;
                    } else {
                        pos += tag == 7 || tag == 8 || tag == 16 || tag == 19 || tag == 20 ? 3 : tag == 15 ? 4 : tag == 5 || tag == 6 ? 9 : 5;
                        i += tag == 5 || tag == 6 ? 1 : 0;
                    }
                }
                end = pos;
            }

            private boolean isName(int from, int n) {
                for (byte[] name : NAMES) {
                    if (name.length == n && Arrays.equals(bytes, from, from + n, name, 0, n)) {
                        return true;
                    }
                }
                return false;
            }

            private int u2(int pos) {
                return (bytes[pos] & 255) << 8 | bytes[pos + 1] & 255;
            }

            /** "owner.name(descriptor)" of the method reference @i. */
            private String method(int i) throws IOException {
                int owner = u2(at[i] + 1);
                int what = u2(at[i] + 3);
                return text(u2(at[owner] + 1)) + "." + text(u2(at[what] + 1)) + text(u2(at[what] + 3));
            }

            private String text(int i) throws IOException {
                return new DataInputStream(new ByteArrayInputStream(bytes, at[i] + 1, u2(at[i] + 1) + 2)).readUTF();
            }

            byte[] rewritten() throws IOException {
                if (!isConcerned) {
                    return null;
                }
                List<Integer> statics = new ArrayList<>();
                int date = 0;
                for (int i = 1; i < count; i++) {
                    if (at[i] != 0 && bytes[at[i]] == 10) {
                        String m = method(i);
                        if (STATIC.contains(m)) {
                            statics.add(i);
                        } else if (m.equals(DATE)) {
                            date = i;
                        }
                    }
                }
                return statics.isEmpty() && date == 0 || count > 65000 ? null : rewritten(statics, date);
            }

            /** Six constants go behind the others: Time, and its newDate. */
            private byte[] rewritten(List<Integer> statics, int date) throws IOException {
                byte[] body = bytes.clone();
                for (int i : statics) {
                    body[at[i] + 1] = (byte) ((count + 1) >> 8);
                    body[at[i] + 2] = (byte) (count + 1);
                }
                if (date != 0) {
                    replaceNew(body, u2(at[date] + 1), date, count + 5);
                }
                java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
                java.io.DataOutputStream data = new java.io.DataOutputStream(out);
                data.write(body, 0, 8);
                data.writeShort(count + 6);
                data.write(body, 10, end - 10);
                data.writeByte(1);
                data.writeUTF("ConformDriver$Time"); // count
                data.writeByte(7);
                data.writeShort(count); // count + 1
                data.writeByte(1);
                data.writeUTF("newDate"); // count + 2
                data.writeByte(1);
                data.writeUTF("()Ljava/util/Date;"); // count + 3
                data.writeByte(12);
                data.writeShort(count + 2);
                data.writeShort(count + 3); // count + 4
                data.writeByte(10);
                data.writeShort(count + 1);
                data.writeShort(count + 4); // count + 5
                data.write(body, end, body.length - end);
                return out.toByteArray();
            }

            /** new Date; dup; invokespecial <init> -> invokestatic newDate; nop, nop, nop, nop. */
            private void replaceNew(byte[] body, int type, int init, int call) {
                byte[] old = {(byte) 0xBB, (byte) (type >> 8), (byte) type, 0x59, (byte) 0xB7, (byte) (init >> 8), (byte) init};
                byte[] made = {(byte) 0xB8, (byte) (call >> 8), (byte) call, 0, 0, 0, 0};
                for (int pos = end; pos + old.length <= body.length; pos++) {
                    if (Arrays.equals(body, pos, pos + old.length, old, 0, old.length)) {
                        System.arraycopy(made, 0, body, pos, made.length);
                    }
                }
            }
        }
    }
}
