// SPDX-License-Identifier: Apache-2.0
// hadoop-cos 3.3.5 with cos_api 5.6.139, unmodified, over TLS and SOCKS5 without root.
// Run under `cosmock exec -- java -cp CLASSPATH Flow.java`: what it needs is in JAVA_TOOL_OPTIONS and COSMOCK_*.
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

public class Flow {
    private static int passed;
    private static int failed;

    private static void claim(String name, boolean truth, Object detail) {
        if (truth) {
            passed++;
            System.out.println("ok   " + name);
        } else {
            failed++;
            System.out.println("FAIL " + name + " " + detail);
        }
    }

    private static String env(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException("missing environment variable " + name + ": run me under cosmock exec");
        }
        return value;
    }

    /** The journal of the mock, read past the SOCKS proxy. */
    private static String journal(String query) throws Exception {
        URL url = new URL(env("COSMOCK_CONTROL") + "/v1/t/" + env("COSMOCK_TENANT") + "/journal?" + query);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int count(String text, String piece) {
        int n = 0;
        for (int at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + 1)) {
            n++;
        }
        return n;
    }

    public static void main(String[] args) throws Exception {
        String bucket = env("COSMOCK_BUCKET");
        Configuration conf = new Configuration();
        conf.set("fs.cosn.impl", "org.apache.hadoop.fs.cosn.CosNFileSystem");
        conf.set("fs.cosn.bucket.endpoint_suffix", env("COSMOCK_ENDPOINT_SUFFIX"));
        conf.set("fs.cosn.userinfo.secretId", env("COSMOCK_SECRET_ID"));
        conf.set("fs.cosn.userinfo.secretKey", env("COSMOCK_SECRET_KEY"));
        conf.set("fs.cosn.tmp.dir", System.getProperty("java.io.tmpdir") + "/hadoop_cos-" + ProcessHandle.current().pid());
        String run = "/java-" + ProcessHandle.current().pid();
        try (FileSystem fs = FileSystem.newInstance(new URI("cosn://" + bucket), conf)) {
            byte[] big = new byte[20 << 20];
            new Random(20).nextBytes(big);
            Path file = new Path(run + "/dir/big.bin");
            try (OutputStream out = fs.create(file, true)) {
                out.write(big);
            }
            FileStatus status = fs.getFileStatus(file);
            claim("a written file has its length", status.getLen() == big.length, status);
            try (FSDataInputStream in = fs.open(file)) {
                byte[] got = in.readAllBytes();
                claim("20 MiB read back byte for byte", Arrays.equals(
                        MessageDigest.getInstance("SHA-256").digest(big), MessageDigest.getInstance("SHA-256").digest(got)), got.length);
            }
            try (FSDataInputStream in = fs.open(file)) {
                byte[] piece = new byte[1000];
                in.seek(12345678);
                in.readFully(piece);
                claim("a seek reads the right bytes", Arrays.equals(piece, Arrays.copyOfRange(big, 12345678, 12345678 + 1000)), "");
            }
            String parts = journal("op=UploadPart&bucket=" + bucket);
            claim("it went up as three parts of at most 8 MiB", count(parts, "\"op\":\"UploadPart\"") == 3, parts);
            claim("over TLS", count(parts, "\"tls\":true") == 3, parts);
            fs.mkdirs(new Path(run + "/dir/sub"));
            FileStatus[] list = fs.listStatus(new Path(run + "/dir"));
            claim("a listing shows file and folder", list.length == 2 && list[0].getPath().getName().equals("big.bin")
                    && list[1].isDirectory(), Arrays.toString(list));
            claim("rename works", fs.rename(file, new Path(run + "/dir/other.bin")), "");
            claim("the old name is gone", !fs.exists(file), "");
            claim("the new name has the length", fs.getFileStatus(new Path(run + "/dir/other.bin")).getLen() == big.length, "");
            claim("a recursive delete works", fs.delete(new Path(run), true), "");
            claim("and nothing is left", !fs.exists(new Path(run)), "");
        }
        Configuration wrong = new Configuration(conf);
        wrong.set("fs.cosn.userinfo.secretKey", "x".repeat(32));
        try (FileSystem fs = FileSystem.newInstance(new URI("cosn://" + bucket), wrong)) {
            fs.getFileStatus(new Path(run));
            claim("a wrong secret is refused", false, "it succeeded");
        } catch (java.io.IOException error) {
            claim("a wrong secret is refused", error.getMessage().contains("Status Code: 403"), error);
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }
}
