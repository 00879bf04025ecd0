// SPDX-License-Identifier: Apache-2.0
// Scenarios of cos_api 5.6.139 and of hadoop-cos 3.3.5, unmodified. Run under `cosmock exec -- java -cp CLASSPATH Scenarios [WORD]`.
// A scenario has a bucket of its own; its name is the claim. It says what the SDK saw and, with calls(), everything that the mock saw since
// the last look, as "operation status code". Expected values are the documents' (cos-wire, cos-operations-1 and -2).
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.model.*;
import com.qcloud.cos.model.Tag.Tag;
import com.qcloud.cos.model.lifecycle.LifecycleFilter;
import com.qcloud.cos.model.lifecycle.LifecyclePrefixPredicate;
import com.qcloud.cos.region.Region;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

public class Scenarios {
    private interface Run {
        void run(Scene s) throws Exception;
    }

    private interface Call {
        void call() throws Exception;
    }

    /** What was seen is not what the documents say. */
    private static class Wrong extends RuntimeException {
        Wrong(String message) {
            super(message);
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Run> SCENARIOS = new LinkedHashMap<>();
    private static final String REGION = env("COSMOCK_REGION");
    private static final String APPID = env("COSMOCK_APPID");
    private static final String OWNER = "qcs::cam::uin/" + env("COSMOCK_UIN") + ":uin/" + env("COSMOCK_UIN");

    private static String env(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is missing: run me under cosmock exec");
    }

    private static void same(Object got, Object want) {
        if (!Objects.equals(got, want)) {
            throw new Wrong("got " + got + ", want " + want);
        }
    }

    /** A call of the control API about our tenant, past every proxy. */
    private static JsonNode control(String method, String path, String body) throws Exception {
        URL url = new URL(env("COSMOCK_CONTROL") + "/v1/t/" + env("COSMOCK_TENANT") + path);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(method);
        if (body != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream in = connection.getInputStream()) {
            return JSON.readTree(in.readAllBytes());
        }
    }

    /** What a scenario works with: a bucket of its own, its owner's client, and the journal since the last look. */
    private static class Scene implements AutoCloseable {
        final String bucket;
        final COSClient cos;
        final COSClient reader;
        long seen;

        Scene(int number) throws Exception {
            bucket = "scene-" + number + "-" + APPID;
            control("PUT", "/buckets/" + bucket + "?region=" + REGION, null);
            seen = control("GET", "/journal?limit=1", null).get("last_seq").asLong();
            cos = client(env("COSMOCK_SECRET_ID"), env("COSMOCK_SECRET_KEY"));
            reader = client(env("COSMOCK_READER_SECRET_ID"), env("COSMOCK_READER_SECRET_KEY"));
        }

        private static COSClient client(String id, String key) {
            URI proxy = URI.create(env("COSMOCK_PROXY"));
            ClientConfig config = new ClientConfig(new Region(REGION));
            config.setHttpProxyIp(proxy.getHost());
            config.setHttpProxyPort(proxy.getPort());
            return new COSClient(new BasicCOSCredentials(id, key), config);
        }

        @Override
        public void close() {
            cos.shutdown();
            reader.shutdown();
        }

        /** Every request since the last look, in order: "operation status" and, of a refusal, its code. What the mock did by itself has no method. */
        void calls(String... want) throws Exception {
            JsonNode page = control("GET", "/journal?after=" + seen, null);
            seen = page.get("last_seq").asLong();
            List<String> got = new ArrayList<>();
            for (JsonNode e : page.get("entries")) {
                if (e.path("method").asText().isEmpty()) {
                    continue;
                }
                got.add(e.get("op").asText() + " " + e.get("status").asInt() + (e.path("code").asText().isEmpty() ? "" : " " + e.get("code").asText()));
            }
            same(got, Arrays.asList(want));
        }

        /** The call must fail with this answer of the service. */
        void refused(int status, String code, Call call) throws Exception {
            try {
                call.call();
            } catch (CosServiceException error) {
                same(error.getStatusCode() + " " + error.getErrorCode(), status + " " + code);
                return;
            }
            throw new Wrong("it succeeded, want " + status + " " + code);
        }

        PutObjectResult put(String key, String text) {
            return put(key, text, new ObjectMetadata());
        }

        PutObjectResult put(String key, String text, ObjectMetadata metadata) {
            return cos.putObject(request(key, text, metadata));
        }

        PutObjectRequest request(String key, String text, ObjectMetadata metadata) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            metadata.setContentLength(bytes.length);
            return new PutObjectRequest(bucket, key, new ByteArrayInputStream(bytes), metadata);
        }

        String get(GetObjectRequest request) throws Exception {
            try (InputStream in = cos.getObject(request).getObjectContent()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }

        String get(String key) throws Exception {
            return get(new GetObjectRequest(bucket, key));
        }

        void versioning(String status) {
            cos.setBucketVersioningConfiguration(new SetBucketVersioningConfigurationRequest(bucket, new BucketVersioningConfiguration(status)));
        }

        /** An unsigned GET: the text of a success, else "status". */
        String open(String key, String... header) throws Exception {
            URI proxy = URI.create(env("COSMOCK_PROXY"));
            URL url = new URL("http://" + bucket + ".cos." + REGION + ".myqcloud.com/" + key);
            HttpURLConnection connection = (HttpURLConnection) url.openConnection(
                    new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), proxy.getPort())));
            for (int i = 0; i + 1 < header.length; i += 2) {
                connection.setRequestProperty(header[i], header[i + 1]);
            }
            if (connection.getResponseCode() >= 400) {
                return String.valueOf(connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }

        FileSystem hadoop() throws Exception {
            Configuration conf = new Configuration();
            conf.set("fs.cosn.impl", "org.apache.hadoop.fs.cosn.CosNFileSystem");
            conf.set("fs.cosn.bucket.endpoint_suffix", env("COSMOCK_ENDPOINT_SUFFIX"));
            conf.set("fs.cosn.userinfo.secretId", env("COSMOCK_SECRET_ID"));
            conf.set("fs.cosn.userinfo.secretKey", env("COSMOCK_SECRET_KEY"));
            conf.set("fs.cosn.tmp.dir", System.getProperty("java.io.tmpdir") + "/hadoop_cos-" + ProcessHandle.current().pid());
            // its bucket is the built-in one: the JVM's hosts file knows that name
            return FileSystem.newInstance(new URI("cosn://" + env("COSMOCK_BUCKET")), conf);
        }
    }

    private static void write(FileSystem fs, String path, String text) throws Exception {
        try (OutputStream out = fs.create(new Path(path), true)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void objects() {
        SCENARIOS.put("a digest that does not fit stores nothing", s -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentMD5(Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest("y".getBytes())));
            s.refused(400, "BadDigest", () -> s.put("k", "x", metadata));
            s.refused(404, "NoSuchKey", () -> s.get("k"));
            s.calls("PutObject 400 BadDigest", "GetObject 404 NoSuchKey");
        });
        SCENARIOS.put("a storage class is told and the standard one is not", s -> {
            s.cos.putObject(s.request("warm", "x", new ObjectMetadata()).withStorageClass(StorageClass.Standard_IA)); // sent as Standard_IA
            s.put("hot", "x");
            same(s.cos.getObjectMetadata(s.bucket, "warm").getStorageClass(), "STANDARD_IA");
            same(s.cos.getObjectMetadata(s.bucket, "hot").getStorageClass(), null);
            same(s.cos.listObjects(s.bucket).getObjectSummaries().stream().map(COSObjectSummary::getStorageClass).collect(Collectors.toList()),
                    List.of("STANDARD", "STANDARD_IA"));
            s.calls("PutObject 200", "PutObject 200", "HeadObject 200", "HeadObject 200", "GetBucket 200");
        });
        SCENARIOS.put("a user does what its policy says and no more", s -> {
            s.put("k", "x");
            same(s.reader.getObjectMetadata(s.bucket, "k").getContentLength(), 1L);
            s.refused(403, "AccessDenied", () -> s.reader.deleteObject(s.bucket, "k"));
            s.calls("PutObject 200", "HeadObject 200", "DeleteObject 403 AccessDenied");
        });
        SCENARIOS.put("a multi delete reports every key", s -> {
            s.put("a", "x");
            s.put("b", "x");
            DeleteObjectsRequest request = new DeleteObjectsRequest(s.bucket).withKeys("a", "b", "none");
            same(s.cos.deleteObjects(request).getDeletedObjects().size(), 3);
            same(s.cos.listObjects(s.bucket).getObjectSummaries().size(), 0);
            s.calls("PutObject 200", "PutObject 200", "DeleteMultipleObjects 200", "GetBucket 200");
        });
        SCENARIOS.put("parts are listed and completed in their order", s -> {
            String id = s.cos.initiateMultipartUpload(new InitiateMultipartUploadRequest(s.bucket, "big")).getUploadId();
            UploadPartRequest part = new UploadPartRequest().withBucketName(s.bucket).withKey("big").withUploadId(id).withPartNumber(1)
                    .withInputStream(new ByteArrayInputStream("1".getBytes())).withPartSize(1);
            PartETag etag = s.cos.uploadPart(part).getPartETag();
            same(s.cos.listParts(new ListPartsRequest(s.bucket, "big", id)).getParts().size(), 1);
            s.refused(400, "InvalidPart", () -> s.cos.completeMultipartUpload(
                    new CompleteMultipartUploadRequest(s.bucket, "big", id, new ArrayList<>(List.of(new PartETag(1, "0".repeat(32)))))));
            s.cos.completeMultipartUpload(new CompleteMultipartUploadRequest(s.bucket, "big", id, new ArrayList<>(List.of(etag))));
            same(s.get("big"), "1");
            s.calls("InitiateMultipartUpload 200", "UploadPart 200", "ListParts 200", "CompleteMultipartUpload 400 InvalidPart",
                    "CompleteMultipartUpload 200", "GetObject 200");
        });
    }

    private static void versions() {
        SCENARIOS.put("every version is read by its id", s -> {
            same(s.cos.getBucketVersioningConfiguration(s.bucket).getStatus(), BucketVersioningConfiguration.OFF);
            s.versioning(BucketVersioningConfiguration.ENABLED);
            String first = s.put("k", "one").getVersionId();
            s.put("k", "two");
            same(s.get("k") + s.get(new GetObjectRequest(s.bucket, "k", first)), "twoone");
            s.refused(404, "NoSuchVersion", () -> s.get(new GetObjectRequest(s.bucket, "k", "MTg0NDY3NDQwNzM3MDk1NTE2MTU")));
            s.calls("GetBucketVersioning 200", "PutBucketVersioning 200", "PutObject 200", "PutObject 200", "GetObject 200", "GetObject 200",
                    "GetObject 404 NoSuchVersion");
        });
        SCENARIOS.put("versions are listed by pages while they go", s -> {
            s.versioning(BucketVersioningConfiguration.ENABLED);
            for (int i = 0; i < 3; i++) {
                s.put("k", "x");
            }
            VersionListing page = s.cos.listVersions(s.bucket, null, null, null, null, 2);
            same(page.getVersionSummaries().size() + " " + page.isTruncated(), "2 true");
            for (COSVersionSummary version : page.getVersionSummaries()) {
                s.cos.deleteVersion(s.bucket, version.getKey(), version.getVersionId());
            }
            page = s.cos.listNextBatchOfVersions(page);
            same(page.getVersionSummaries().size() + " " + page.isTruncated(), "1 false");
            s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "PutObject 200", "GetBucketObjectVersions 200",
                    "DeleteObject 204", "DeleteObject 204", "GetBucketObjectVersions 200");
        });
        SCENARIOS.put("a delete marker hides and its deletion restores", s -> {
            s.versioning(BucketVersioningConfiguration.ENABLED);
            s.put("k", "one");
            s.cos.deleteObject(s.bucket, "k");
            s.refused(404, "NoSuchKey", () -> s.get("k"));
            COSVersionSummary marker = s.cos.listVersions(s.bucket, "k").getVersionSummaries().get(0);
            same(marker.isDeleteMarker() && marker.isLatest(), true);
            s.cos.deleteVersion(s.bucket, "k", marker.getVersionId());
            same(s.get("k"), "one");
            s.calls("PutBucketVersioning 200", "PutObject 200", "DeleteObject 204", "GetObject 404 NoSuchKey", "GetBucketObjectVersions 200",
                    "DeleteObject 204", "GetObject 200");
        });
    }

    private static void rights() {
        SCENARIOS.put("a public object is read by anyone until it is private", s -> {
            s.cos.putObject(s.request("k", "open", new ObjectMetadata()).withCannedAcl(CannedAccessControlList.PublicRead));
            same(s.open("k"), "open");
            AccessControlList acl = s.cos.getObjectAcl(s.bucket, "k");
            same(acl.getOwner().getId() + " " + acl.getGrantsAsList().size(), OWNER + " 2");
            s.cos.setObjectAcl(s.bucket, "k", CannedAccessControlList.Private);
            same(s.open("k"), "403");
            s.calls("PutObject 200", "GetObject 200", "GetObjectACL 200", "PutObjectACL 200", "GetObject 403 AccessDenied");
        });
        SCENARIOS.put("a bucket opened for reading is closed for writing", s -> {
            s.cos.setBucketAcl(s.bucket, CannedAccessControlList.PublicRead);
            s.put("k", "open");
            same(s.open("k"), "open");
            same(s.cos.getBucketAcl(s.bucket).getCannedAccessControl(), CannedAccessControlList.PublicRead);
            s.refused(403, "AccessDenied", () -> s.reader.putObject(s.request("k", "no", new ObjectMetadata())));
            s.calls("PutBucketACL 200", "PutObject 200", "GetObject 200", "GetBucketACL 200", "PutObject 403 AccessDenied");
        });
        SCENARIOS.put("a bucket policy opens what it names and closes again", s -> {
            s.put("pub/a", "open");
            s.cos.setBucketPolicy(s.bucket, "{\"version\":\"2.0\",\"Statement\":[{\"Effect\":\"allow\",\"Principal\":{\"qcs\":"
                    + "[\"qcs::cam::anyone:anyone\"]},\"Action\":[\"name/cos:GetObject\"],\"Resource\":[\"qcs::cos:" + REGION + ":uid/" + APPID + ":"
                    + s.bucket + "/pub/*\"]}]}");
            same(s.open("pub/a"), "open");
            same(s.cos.getBucketPolicy(s.bucket).getPolicyText().contains("name/cos:GetObject"), true);
            s.cos.deleteBucketPolicy(s.bucket);
            same(s.open("pub/a"), "403");
            s.calls("PutObject 200", "PutBucketPolicy 204", "GetObject 200", "GetBucketPolicy 200", "DeleteBucketPolicy 204",
                    "GetObject 403 AccessDenied");
        });
    }

    private static void small() {
        SCENARIOS.put("tags of a bucket are replaced as a whole", s -> {
            s.cos.setBucketTaggingConfiguration(s.bucket, new BucketTaggingConfiguration(List.of(new TagSet(Map.of("a", "1")))));
            s.cos.setBucketTaggingConfiguration(s.bucket, new BucketTaggingConfiguration(List.of(new TagSet(Map.of("c", "3")))));
            same(s.cos.getBucketTaggingConfiguration(s.bucket).getTagSet().getAllTags(), Map.of("c", "3"));
            s.cos.deleteBucketTaggingConfiguration(s.bucket);
            same(s.cos.getBucketTaggingConfiguration(s.bucket), null); // as the SDK reads a 404
            s.calls("PutBucketTagging 204", "PutBucketTagging 204", "GetBucketTagging 200", "DeleteBucketTagging 204",
                    "GetBucketTagging 404 NoSuchTagSet");
        });
        SCENARIOS.put("tags of an object come back in their order", s -> {
            s.put("k", "x");
            List<Tag> tags = List.of(new Tag("b", "2"), new Tag("a", "1"));
            s.cos.setObjectTagging(new SetObjectTaggingRequest(s.bucket, "k", new ObjectTagging(tags)));
            same(s.cos.getObjectTagging(new GetObjectTaggingRequest(s.bucket, "k")).getTagSet(), tags);
            s.cos.deleteObjectTagging(new DeleteObjectTaggingRequest(s.bucket, "k"));
            same(s.cos.getObjectTagging(new GetObjectTaggingRequest(s.bucket, "k")).getTagSet().size(), 0);
            s.calls("PutObject 200", "PutObjectTagging 200", "GetObjectTagging 200", "DeleteObjectTagging 204", "GetObjectTagging 200");
        });
        SCENARIOS.put("an append goes on at its position only", s -> {
            same(append(s, 0, "one ").getNextAppendPosition(), 4L);
            s.refused(409, "AppendPositionErr", () -> append(s, 0, "x"));
            append(s, 4, "two");
            same(s.get("log"), "one two");
            s.calls("AppendObject 200", "AppendObject 409 AppendPositionErr", "AppendObject 200", "GetObject 200");
        });
        SCENARIOS.put("an appended object grows where versions are kept", s -> {
            s.versioning(BucketVersioningConfiguration.ENABLED);
            s.put("log", "plain");
            s.cos.deleteObject(s.bucket, "log");
            append(s, 0, "one ");
            same(append(s, 4, "two").getNextAppendPosition(), 7L);
            same(s.get("log"), "one two");
            s.calls("PutBucketVersioning 200", "PutObject 200", "DeleteObject 204", "AppendObject 200", "AppendObject 200", "GetObject 200");
        });
        SCENARIOS.put("a link reads as its target", s -> {
            s.put("target", "text");
            s.cos.putSymlink(new PutSymlinkRequest(s.bucket, "link", "target"));
            same(s.get("link"), "text");
            same(s.cos.getSymlink(new GetSymlinkRequest(s.bucket, "link", null)).getTarget(), "target");
            s.calls("PutObject 200", "PutSymlink 200", "GetObject 200", "GetSymlink 200");
        });
        SCENARIOS.put("a bucket knows its region", s -> {
            same(s.cos.getBucketLocation(s.bucket), REGION);
            s.calls("GetBucketLocation 200");
        });
    }

    private static AppendObjectResult append(Scene s, long position, String text) {
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentLength(text.length());
        AppendObjectRequest request = new AppendObjectRequest(s.bucket, "log", new ByteArrayInputStream(text.getBytes()), metadata);
        request.setPosition(position);
        return s.cos.appendObject(request);
    }

    private static void configurations() {
        SCENARIOS.put("cors rules come back as they were put", s -> {
            same(s.cos.getBucketCrossOriginConfiguration(s.bucket), null); // as the SDK reads a 404
            CORSRule rule = new CORSRule().withId("1").withAllowedMethods(List.of(CORSRule.AllowedMethods.PUT))
                    .withAllowedOrigins(List.of("http://*.a.com")).withMaxAgeSeconds(5);
            s.cos.setBucketCrossOriginConfiguration(s.bucket, new BucketCrossOriginConfiguration(List.of(rule)));
            CORSRule got = s.cos.getBucketCrossOriginConfiguration(s.bucket).getRules().get(0);
            same(got.getAllowedOrigins() + " " + got.getMaxAgeSeconds(), "[http://*.a.com] 5");
            s.calls("GetBucketCORS 404 NoSuchCORSConfiguration", "PutBucketCORS 200", "GetBucketCORS 200");
        });
        SCENARIOS.put("a lifecycle comes back as it was put", s -> {
            same(s.cos.getBucketLifecycleConfiguration(s.bucket), null);
            BucketLifecycleConfiguration.Rule rule = new BucketLifecycleConfiguration.Rule().withId("old").withExpirationInDays(30)
                    .withStatus(BucketLifecycleConfiguration.ENABLED);
            rule.setFilter(new LifecycleFilter(new LifecyclePrefixPredicate("log/")));
            s.cos.setBucketLifecycleConfiguration(s.bucket, new BucketLifecycleConfiguration().withRules(rule));
            BucketLifecycleConfiguration.Rule got = s.cos.getBucketLifecycleConfiguration(s.bucket).getRules().get(0);
            same(got.getId() + " " + got.getExpirationInDays(), "old 30");
            s.calls("GetBucketLifecycle 404 NoSuchLifecycleConfiguration", "PutBucketLifecycle 200", "GetBucketLifecycle 200");
        });
        SCENARIOS.put("a website comes back as it was put", s -> {
            same(s.cos.getBucketWebsiteConfiguration(s.bucket), null);
            s.cos.setBucketWebsiteConfiguration(s.bucket, new BucketWebsiteConfiguration("index.html", "error.html"));
            BucketWebsiteConfiguration got = s.cos.getBucketWebsiteConfiguration(s.bucket);
            same(got.getIndexDocumentSuffix() + " " + got.getErrorDocument(), "index.html error.html");
            s.cos.deleteBucketWebsiteConfiguration(s.bucket);
            s.calls("GetBucketWebsite 404 NoSuchWebsiteConfiguration", "PutBucketWebsite 200", "GetBucketWebsite 200", "DeleteBucketWebsite 204");
        });
        SCENARIOS.put("logging is off until it is put", s -> {
            same(s.cos.getBucketLoggingConfiguration(s.bucket).isLoggingEnabled(), false);
            s.cos.setBucketLoggingConfiguration(new SetBucketLoggingConfigurationRequest(s.bucket, new BucketLoggingConfiguration(s.bucket, "log/")));
            BucketLoggingConfiguration got = s.cos.getBucketLoggingConfiguration(s.bucket);
            same(got.getDestinationBucketName() + " " + got.getLogFilePrefix(), s.bucket + " log/");
            s.cos.setBucketLoggingConfiguration(new SetBucketLoggingConfigurationRequest(s.bucket, new BucketLoggingConfiguration()));
            s.calls("GetBucketLogging 200", "PutBucketLogging 200", "GetBucketLogging 200", "PutBucketLogging 200");
        });
        SCENARIOS.put("lines are selected from a csv", s -> {
            s.put("t.csv", "name,n\nann,1\nbob,2\n");
            SelectObjectContentRequest request = new SelectObjectContentRequest();
            request.setBucketName(s.bucket);
            request.setKey("t.csv");
            request.setExpression("select s.name from COSObject s where s.n > 1");
            request.setExpressionType(ExpressionType.SQL);
            InputSerialization in = new InputSerialization();
            in.setCompressionType(CompressionType.NONE);
            CSVInput csv = new CSVInput();
            csv.setFileHeaderInfo(FileHeaderInfo.USE);
            in.setCsv(csv);
            request.setInputSerialization(in);
            OutputSerialization out = new OutputSerialization();
            out.setCsv(new CSVOutput());
            request.setOutputSerialization(out);
            try (InputStream records = s.cos.selectObjectContent(request).getPayload().getRecordsInputStream()) {
                same(new String(records.readAllBytes()), "bob\n");
            }
            s.calls("PutObject 200", "SelectObjectContent 200");
        });
        SCENARIOS.put("a strange referer is denied and a signature is not", s -> {
            s.cos.putObject(s.request("k", "open", new ObjectMetadata()).withCannedAcl(CannedAccessControlList.PublicRead));
            BucketRefererConfiguration referer = new BucketRefererConfiguration();
            referer.setStatus("Enabled");
            referer.setRefererType("White-List");
            referer.setEmptyReferConfiguration("Deny");
            referer.addDomain("*.a.com");
            s.cos.setBucketRefererConfiguration(s.bucket, referer);
            same(s.open("k", "Referer", "http://www.a.com/page") + " " + s.open("k", "Referer", "http://b.com") + " " + s.get("k"), "open 403 open");
            s.calls("PutObject 200", "PutBucketReferer 200", "GetObject 200", "GetObject 403 AccessDenied", "GetObject 200");
        });
        SCENARIOS.put("a customers key opens what it closed", s -> {
            SSECustomerKey key = new SSECustomerKey("0123456789ABCDEF0123456789ABCDEF".getBytes()); // the sample key of the documents
            s.cos.putObject(s.request("k", "secret", new ObjectMetadata()).withSSECustomerKey(key));
            same(s.get(new GetObjectRequest(s.bucket, "k").withSSECustomerKey(key)), "secret");
            s.refused(400, "SsecDecryptHeaderInvalid", () -> s.get("k"));
            s.calls("PutObject 200", "GetObject 200", "GetObject 400 SsecDecryptHeaderInvalid");
        });
        SCENARIOS.put("an archived object is restored by the clock", s -> {
            s.cos.putObject(s.request("k", "cold", new ObjectMetadata()).withStorageClass(StorageClass.Archive));
            s.refused(403, "InvalidObjectState", () -> s.get("k"));
            RestoreObjectRequest restore = new RestoreObjectRequest(s.bucket, "k", 3);
            CASJobParameters job = new CASJobParameters();
            job.setTier(com.qcloud.cos.model.Tier.Expedited);
            restore.setCASJobParameters(job);
            s.cos.restoreObject(restore);
            control("POST", "/clock", "{\"modification_advance_ms\":360000}");
            same(s.get("k"), "cold");
            s.calls("PutObject 200", "GetObject 403 InvalidObjectState", "PostObjectRestore 202", "GetObject 200");
        });
    }

    private static void hadoop() {
        SCENARIOS.put("hadoop: a folder is a marker and needs no parent objects", s -> {
            try (FileSystem fs = s.hadoop()) {
                same(fs.mkdirs(new Path("/scenes/a/b")), true);
                same(fs.getFileStatus(new Path("/scenes/a")).isDirectory(), true);
                same(fs.delete(new Path("/scenes"), true), true);
                same(fs.exists(new Path("/scenes/a")), false);
            }
        });
        SCENARIOS.put("hadoop: what is there is not created again", s -> {
            try (FileSystem fs = s.hadoop()) {
                write(fs, "/scene-k", "x");
                try {
                    fs.create(new Path("/scene-k"), false).close();
                    throw new Wrong("it was created again");
                } catch (FileAlreadyExistsException expected) {
                    same(fs.getFileStatus(new Path("/scene-k")).getLen(), 1L);
                }
                fs.delete(new Path("/scene-k"), false);
            }
        });
        SCENARIOS.put("hadoop: a missing file is not found", s -> {
            try (FileSystem fs = s.hadoop()) {
                fs.open(new Path("/scene-none")).close();
                throw new Wrong("it was opened");
            } catch (FileNotFoundException expected) {
                s.calls("HeadObject 404 NoSuchKey", "HeadObject 404 NoSuchKey", "GetBucket 200");
            }
        });
        SCENARIOS.put("hadoop: a renamed folder takes its files along", s -> {
            try (FileSystem fs = s.hadoop()) {
                write(fs, "/scene-from/a", "1");
                write(fs, "/scene-from/sub/b", "2");
                same(fs.rename(new Path("/scene-from"), new Path("/scene-to")), true);
                same(fs.exists(new Path("/scene-from")), false);
                same(fs.listStatus(new Path("/scene-to")).length + " " + fs.getFileStatus(new Path("/scene-to/sub/b")).getLen(), "2 1");
                fs.delete(new Path("/scene-to"), true);
            }
        });
    }

    public static void main(String[] args) throws Exception {
        objects();
        versions();
        rights();
        small();
        configurations();
        hadoop();
        String word = String.join(" ", args);
        int number = 0;
        int failed = 0;
        for (Map.Entry<String, Run> scenario : SCENARIOS.entrySet()) {
            if (!scenario.getKey().contains(word)) {
                continue;
            }
            try (Scene s = new Scene(number++)) {
                scenario.getValue().run(s);
                System.out.println("ok   " + scenario.getKey());
            } catch (Exception error) { // whatever it is, this scenario is not true
                failed++;
                System.out.println("FAIL " + scenario.getKey() + ": " + error);
            }
        }
        System.out.println(number - failed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }
}
