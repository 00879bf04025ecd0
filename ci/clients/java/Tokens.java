// SPDX-License-Identifier: Apache-2.0
// cos-sts_api 3.1.1 and tencentcloud-sdk-java-sts 3.1.678, unmodified, and what cos_api 5.6.139 may do with the keys they get.
// Run under `cosmock exec --world roles.yaml -- java -cp CLASSPATH Tokens`, over TLS and SOCKS5. A claim says what the SDK saw and
// everything that the mock saw since the last one. Expected values are facts of the service (sts-cam s.1.2, 2, 2.1; cam-conditions s.6).
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicSessionCredentials;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.region.Region;
import com.tencent.cloud.CosStsClient;
import com.tencent.cloud.Response;
import com.tencent.cloud.assumerole.AssumeRoleParam;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.sts.v20180813.StsClient;
import com.tencentcloudapi.sts.v20180813.models.AssumeRoleRequest;
import com.tencentcloudapi.sts.v20180813.models.AssumeRoleResponse;
import com.tencentcloudapi.sts.v20180813.models.Credentials;
import com.tencentcloudapi.sts.v20180813.models.GetCallerIdentityRequest;
import com.tencentcloudapi.sts.v20180813.models.GetCallerIdentityResponse;
import com.tencentcloudapi.sts.v20180813.models.GetFederationTokenRequest;

public class Tokens {
    private static final String BUCKET = env("COSMOCK_BUCKET");
    private static final String REGION = env("COSMOCK_REGION");
    private static final String OWNER = env("COSMOCK_UIN");
    private static final String SECRET_ID = env("COSMOCK_SECRET_ID");
    private static final String SECRET_KEY = env("COSMOCK_SECRET_KEY");
    private static final String ROLE = "qcs::cam::uin/" + OWNER + ":roleName/";
    private static final String PUT_ANYWHERE = policy("");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static int passed;
    private static int failed;
    private static long seen;

    private static String env(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is missing: run me under cosmock exec");
    }

    /** A policy that lets objects be put, on a condition if there is one. */
    private static String policy(String condition) {
        return "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":[\"name/cos:PutObject\"],\"resource\":[\"*\"]"
                + (condition.isEmpty() ? "" : ",\"condition\":" + condition) + "}]}";
    }

    /** The journal since the last look, read past the SOCKS proxy. */
    private static List<JsonNode> journal() throws Exception {
        URL url = new URL(env("COSMOCK_CONTROL") + "/v1/t/" + env("COSMOCK_TENANT") + "/journal?after=" + seen);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
        try (InputStream in = connection.getInputStream()) {
            JsonNode page = JSON.readTree(in.readAllBytes());
            seen = page.get("last_seq").asLong();
            List<JsonNode> entries = new ArrayList<>();
            page.get("entries").forEach(entries::add);
            return entries;
        }
    }

    /** One sentence that must be true, and the calls that made it so, each "operation status" and, of a refusal, its code. */
    private static List<JsonNode> claim(String name, Object got, Object want, String... calls) throws Exception {
        List<JsonNode> entries = journal();
        List<String> were = new ArrayList<>();
        for (JsonNode e : entries) {
            String code = e.path("code").asText();
            were.add(e.get("op").asText() + " " + e.get("status").asInt() + (code.isEmpty() ? "" : " " + code));
        }
        if (Objects.equals(got, want) && were.equals(Arrays.asList(calls))) {
            passed++;
            System.out.println("ok   " + name);
        } else {
            failed++;
            System.out.println("FAIL " + name + ": got " + got + ", want " + want + "; calls " + were + ", want " + Arrays.asList(calls));
        }
        return entries;
    }

    /** cos-sts prints every key that it is given: not into our log. */
    private static <T> T silently(Callable<T> call) throws Exception {
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        try {
            return call.call();
        } finally {
            System.setOut(out);
        }
    }

    private static COSClient client(String id, String key, String token) {
        return new COSClient(new BasicSessionCredentials(id, key, token), new ClientConfig(new Region(REGION)));
    }

    /** getCredential fills one of the two names of a token, getRoleCredential the other. */
    private static String token(Response answer) {
        return answer.credentials.sessionToken == null ? answer.credentials.token : answer.credentials.sessionToken;
    }

    private static COSClient client(Response answer) {
        return client(answer.credentials.tmpSecretId, answer.credentials.tmpSecretKey, token(answer));
    }

    private static COSClient client(Credentials keys) {
        return client(keys.getTmpSecretId(), keys.getTmpSecretKey(), keys.getToken());
    }

    /** "200", or the status and code of the refusal. */
    private static String put(COSClient cos, String key, int size, String type) {
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentLength(size);
        metadata.setContentType(type);
        try {
            cos.putObject(BUCKET, key, new ByteArrayInputStream(new byte[size]), metadata);
            return "200";
        } catch (CosServiceException error) {
            return error.getStatusCode() + " " + error.getErrorCode();
        }
    }

    private static TreeMap<String, Object> asked() {
        TreeMap<String, Object> config = new TreeMap<>();
        config.put("secretId", SECRET_ID);
        config.put("secretKey", SECRET_KEY);
        config.put("durationSeconds", 1800);
        config.put("bucket", BUCKET);
        config.put("region", REGION);
        config.put("allowPrefixes", new String[] {"dir/*"});
        config.put("allowActions", new String[] {"name/cos:PutObject"});
        return config;
    }

    private static AssumeRoleParam role(String name, String policy) {
        AssumeRoleParam param = new AssumeRoleParam();
        param.setSecretId(SECRET_ID);
        param.setSecretKey(SECRET_KEY);
        param.setDurationSec(1800);
        param.setRegion(REGION);
        param.setHost("sts.internal.tencentcloudapi.com");
        param.setSignatureMethod("HmacSHA256");
        param.setRoleArn(ROLE + name);
        param.setRoleSessionName("job");
        param.setPolicy(policy);
        return param;
    }

    private static void prefixes() throws Exception {
        Response answer = silently(() -> CosStsClient.getCredential(asked()));
        claim("getCredential of cos-sts is given 1800 s", answer.expiredTime - answer.startTime, 1800L, "GetFederationToken 200");
        COSClient cos = client(answer);
        claim("it allows its prefix", put(cos, "dir/x", 1, "text/plain"), "200", "PutObject 200");
        claim("and nothing beside it", put(cos, "other/x", 1, "text/plain"), "403 AccessDenied", "PutObject 403 AccessDenied");
        cos.shutdown();
        TreeMap<String, Object> elsewhere = asked();
        elsewhere.put("host", BUCKET + ".tencentcloudapi.com");
        COSClient again = client(silently(() -> CosStsClient.getCredential(elsewhere)));
        JsonNode minted = claim("a host that is not of STS is asked with the signature of the one that is", put(again, "dir/x", 1, "text/plain"), "200",
                "GetFederationToken 200", "PutObject 200").get(0);
        claim("and was that host", minted.path("host").asText(), BUCKET + ".tencentcloudapi.com");
        again.shutdown();
        TreeMap<String, Object> wrong = asked();
        wrong.put("secretKey", "x".repeat(32));
        String said = "nothing";
        try {
            silently(() -> CosStsClient.getCredential(wrong));
        } catch (IOException error) {
            said = error.getMessage();
        }
        claim("a wrong secret is given no key", said.contains("AuthFailure.SignatureFailure") ? "" : said, "",
                "GetFederationToken 200 AuthFailure.SignatureFailure");
    }

    /** Conditions of the documents: a type, a size. */
    private static void conditions() throws Exception {
        String pictures = policy("{\"string_like\":{\"cos:content-type\":\"image/*\"},\"numeric_less_than_equal\":{\"cos:content-length\":1024}}");
        TreeMap<String, Object> config = asked();
        config.put("policy", pictures);
        pictures("getCredential", silently(() -> CosStsClient.getCredential(config)), "GetFederationToken 200");
        pictures("getRoleCredential", silently(() -> CosStsClient.getRoleCredential(role("plain", pictures))), "AssumeRole 200");
    }

    private static void pictures(String name, Response answer, String minted) throws Exception {
        COSClient cos = client(answer);
        claim(name + "'s condition lets a picture of 1024 bytes in", put(cos, "k", 1024, "image/png"), "200", minted, "PutObject 200");
        claim("and not another type", put(cos, "k", 1024, "text/plain"), "403 AccessDenied", "PutObject 403 AccessDenied");
        JsonNode refusal = claim("nor one byte more", put(cos, "k", 1025, "image/png"), "403 AccessDenied", "PutObject 403 AccessDenied").get(0);
        claim("and it was the session's policy that said so", refusal.path("secret_id").asText() + " " + refusal.path("identity_says").asText() + " "
                + refusal.path("session_says").asText(), answer.credentials.tmpSecretId + " allow implicit");
        cos.shutdown();
    }

    /** "", or the code of the refusal. */
    private static String code(Callable<?> call) throws Exception {
        try {
            call.call();
            return "";
        } catch (TencentCloudSDKException error) {
            return error.getErrorCode();
        }
    }

    private static GetFederationTokenRequest federation(long seconds) {
        GetFederationTokenRequest request = new GetFederationTokenRequest();
        request.setName("flow");
        request.setPolicy(PUT_ANYWHERE);
        request.setDurationSeconds(seconds);
        return request;
    }

    private static AssumeRoleRequest assume(String name, String externalId) {
        AssumeRoleRequest request = new AssumeRoleRequest();
        request.setRoleArn(ROLE + name);
        request.setRoleSessionName("job");
        request.setExternalId(externalId);
        request.setPolicy(PUT_ANYWHERE);
        return request;
    }

    /** The general SDK of Tencent Cloud signs by TC3 where cos-sts signs by the older scheme. */
    private static void general() throws Exception {
        StsClient sts = new StsClient(new Credential(SECRET_ID, SECRET_KEY), REGION);
        COSClient cos = client(sts.GetFederationToken(federation(7200)).getCredentials());
        claim("a root key's federation token gets 7200 s and puts", put(cos, "k", 1, "text/plain"), "200", "GetFederationToken 200", "PutObject 200");
        cos.shutdown();
        claim("and no second more", code(() -> sts.GetFederationToken(federation(7201))), "InvalidParameter.OverTimeError",
                "GetFederationToken 200 InvalidParameter.OverTimeError");
        GetCallerIdentityResponse who = sts.GetCallerIdentity(new GetCallerIdentityRequest());
        claim("an account knows itself", who.getArn() + " " + who.getType(), "qcs::cam:" + OWNER + ":uin/" + OWNER + " CAMUser", "GetCallerIdentity 200");
        claim("a role that is not there is not given", code(() -> sts.AssumeRole(assume("none", null))), "ResourceNotFound.RoleNotFound",
                "AssumeRole 200 ResourceNotFound.RoleNotFound");
        claim("nor one without its external id", code(() -> sts.AssumeRole(assume("uploader", null))), "UnauthorizedOperation",
                "AssumeRole 200 UnauthorizedOperation");
        AssumeRoleResponse given = sts.AssumeRole(assume("uploader", "handshake"));
        Credentials keys = given.getCredentials();
        GetCallerIdentityResponse job = new StsClient(new Credential(keys.getTmpSecretId(), keys.getTmpSecretKey(), keys.getToken()), REGION)
                .GetCallerIdentity(new GetCallerIdentityRequest());
        claim("with it, its keys are a CAMRole", job.getArn().startsWith("qcs::sts:" + OWNER + ":assumed-role/") ? job.getType() : job.getArn(), "CAMRole",
                "AssumeRole 200", "GetCallerIdentity 200");
    }

    public static void main(String[] args) throws Exception {
        journal();
        prefixes();
        conditions();
        general();
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }
}
