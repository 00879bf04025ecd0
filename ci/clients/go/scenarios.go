// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/tencentyun/cos-go-sdk-v5"
)

// Scenarios: each is a function with a bucket of its own; its name is the claim. It says what the SDK saw and, with calls, everything
// that the mock saw since the last look, as "operation status code". Expected values are the documents' (cos-wire, cos-operations-1, -2).

var owner = "qcs::cam::uin/" + os.Getenv("COSMOCK_UIN") + ":uin/" + os.Getenv("COSMOCK_UIN")

const sseKey = "0123456789ABCDEF0123456789ABCDEF" // the sample key of the documents

// wrong is what was seen and is not what the documents say.
type wrong string

// scene is what a scenario works with.
type scene struct {
	bucket string
	host   string
	*cos.Client
	reader *cos.Client
	seen   int64
}

func openScene(number int) *scene {
	s := &scene{bucket: fmt.Sprintf("scene-%d-%s", number, appid)}
	s.host = s.bucket + ".cos." + region + ".myqcloud.com"
	var page struct {
		LastSeq int64 `json:"last_seq"`
	}
	ask("PUT", "/buckets/"+s.bucket+"?region="+region, nil, &struct{}{})
	ask("GET", "/journal?limit=1", nil, &page)
	s.seen = page.LastSeq
	s.Client = clientOf(s.bucket, secretID, secretKey)
	s.reader = clientOf(s.bucket, os.Getenv("COSMOCK_READER_SECRET_ID"), os.Getenv("COSMOCK_READER_SECRET_KEY"))
	return s
}

func clientOf(bucket, id, key string) *cos.Client {
	base, err := cos.NewBucketURL(bucket, region, true)
	must(err)
	c := cos.NewClient(&cos.BaseURL{BucketURL: base}, &http.Client{Transport: &cos.AuthorizationTransport{SecretID: id, SecretKey: key}})
	c.Conf.EnableCRC = true
	return c
}

func same(got, want interface{}) {
	if !reflect.DeepEqual(got, want) {
		panic(wrong(fmt.Sprintf("got %#v, want %#v", got, want)))
	}
}

// ok is for what is not the claim but has to work.
func ok(err error) {
	if err != nil {
		panic(wrong(err.Error()))
	}
}

// calls is every request since the last look, in order: "operation status" and, of a refusal, its code. What the mock did by itself
// has no method.
func (s *scene) calls(want ...string) {
	var page struct {
		LastSeq int64   `json:"last_seq"`
		Entries []entry `json:"entries"`
	}
	ask("GET", fmt.Sprintf("/journal?after=%d", s.seen), nil, &page)
	s.seen = page.LastSeq
	got := []string{}
	for _, e := range page.Entries {
		if e.Method == "" {
			continue
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %d %s", e.Op, e.Status, e.Code)))
	}
	same(got, want)
}

// refused: err is the service's, with this status and code.
func (s *scene) refused(err error, status int, code string) {
	var answer *cos.ErrorResponse
	if !errors.As(err, &answer) {
		panic(wrong(fmt.Sprintf("got %v, want %d %s", err, status, code)))
	}
	same([]interface{}{answer.Response.StatusCode, answer.Code}, []interface{}{status, code})
}

func (s *scene) put(key, text string, opt *cos.ObjectPutOptions) http.Header {
	reply, err := s.Object.Put(ctx, key, strings.NewReader(text), opt)
	ok(err)
	return reply.Header
}

func (s *scene) get(key string, id ...string) string {
	reply, err := s.Object.Get(ctx, key, nil, id...)
	ok(err)
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	ok(err)
	return string(data)
}

func (s *scene) fails(key string, status int, code string, id ...string) {
	_, err := s.Object.Get(ctx, key, nil, id...)
	s.refused(err, status, code)
}

func (s *scene) head(key string) http.Header {
	reply, err := s.Object.Head(ctx, key, nil)
	ok(err)
	return reply.Header
}

func (s *scene) versioning(status string) {
	_, err := s.Bucket.PutVersioning(ctx, &cos.BucketPutVersionOptions{Status: status})
	ok(err)
}

// anonymous asks unsigned; its answer is status and code, or the text of a success.
func (s *scene) anonymous(method, url string, header ...string) (string, http.Header) {
	request, err := http.NewRequest(method, url, nil)
	ok(err)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(request)
	ok(err)
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	ok(err)
	if from, to := strings.Index(string(data), "<Code>"), strings.Index(string(data), "</Code>"); from >= 0 && to >= 0 {
		return fmt.Sprintf("%d %s", reply.StatusCode, data[from+6:to]), reply.Header
	}
	return string(data), reply.Header
}

func (s *scene) open(key string) string {
	text, _ := s.anonymous("GET", "https://"+s.host+"/"+key)
	return text
}

func extra(name, value string) *cos.ObjectPutOptions {
	return &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XOptionHeader: &http.Header{name: {value}}}}
}

func public() *cos.ObjectPutOptions {
	return &cos.ObjectPutOptions{ACLHeaderOptions: &cos.ACLHeaderOptions{XCosACL: "public-read"}}
}

var scenarios = []struct {
	name string
	run  func(s *scene)
}{
	{"an upload that must not overwrite leaves what is there", func(s *scene) {
		s.put("k", "old", nil)
		_, err := s.Object.Put(ctx, "k", strings.NewReader("new"), extra("x-cos-forbid-overwrite", "true"))
		s.refused(err, 409, "FileAlreadyExists")
		same(s.get("k"), "old")
		s.calls("PutObject 200", "PutObject 409 FileAlreadyExists", "GetObject 200")
	}},
	{"a digest that does not fit stores nothing", func(s *scene) {
		sum := md5.Sum([]byte("y"))
		_, err := s.Object.Put(ctx, "k", strings.NewReader("x"), &cos.ObjectPutOptions{
			ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{ContentMD5: base64.StdEncoding.EncodeToString(sum[:])}})
		s.refused(err, 400, "BadDigest")
		s.fails("k", 404, "NoSuchKey")
		s.calls("PutObject 400 BadDigest", "GetObject 404 NoSuchKey")
	}},
	{"a storage class is told and the standard one is not", func(s *scene) {
		s.put("warm", "x", &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XCosStorageClass: "STANDARD_IA"}})
		s.put("hot", "x", nil)
		same([]string{s.head("warm").Get("x-cos-storage-class"), s.head("hot").Get("x-cos-storage-class")}, []string{"STANDARD_IA", ""})
		s.calls("PutObject 200", "PutObject 200", "HeadObject 200", "HeadObject 200")
	}},
	{"parts out of order or unknown are not completed", func(s *scene) {
		begun, _, err := s.Object.InitiateMultipartUpload(ctx, "big", nil)
		ok(err)
		part, err := s.Object.UploadPart(ctx, "big", begun.UploadID, 1, strings.NewReader("1"), nil)
		ok(err)
		complete := func(parts ...cos.Object) error {
			_, _, err := s.Object.CompleteMultipartUpload(ctx, "big", begun.UploadID, &cos.CompleteMultipartUploadOptions{Parts: parts})
			return err
		}
		etag := part.Header.Get("ETag")
		s.refused(complete(cos.Object{PartNumber: 1, ETag: `"0"`}), 400, "InvalidPart")
		ok(complete(cos.Object{PartNumber: 1, ETag: etag}))
		same(s.get("big"), "1")
		s.calls("InitiateMultipartUpload 200", "UploadPart 200", "CompleteMultipartUpload 400 InvalidPart", "CompleteMultipartUpload 200",
			"GetObject 200")
	}},
	{"a user does what its policy says and no more", func(s *scene) {
		s.put("k", "x", nil)
		_, err := s.reader.Object.Head(ctx, "k", nil)
		ok(err)
		_, err = s.reader.Object.Put(ctx, "k", strings.NewReader("y"), nil)
		s.refused(err, 403, "AccessDenied")
		same(s.get("k"), "x")
		s.calls("PutObject 200", "HeadObject 200", "PutObject 403 AccessDenied", "GetObject 200")
	}},
	{"a failure of the service is asked again", func(s *scene) {
		ask("POST", "/faults", map[string]interface{}{"op": "HeadObject", "kind": "reply", "http_status": 503, "code": "SlowDown", "times": 1, "key_glob": "again"},
			&struct{}{})
		s.put("again", "x", nil)
		same(s.head("again").Get("Content-Length"), "1")
		s.calls("PutObject 200", "HeadObject 503 SlowDown", "HeadObject 200")
	}},
	{"a copy replaces metadata only when told", func(s *scene) {
		s.put("a", "text", &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{
			XCosMetaXXX: &http.Header{"X-Cos-Meta-M": {"1"}}}})
		_, _, err := s.Object.Copy(ctx, "same", s.host+"/a", nil)
		ok(err)
		_, _, err = s.Object.Copy(ctx, "new", s.host+"/a", &cos.ObjectCopyOptions{ObjectCopyHeaderOptions: &cos.ObjectCopyHeaderOptions{
			XCosMetadataDirective: "Replaced", XCosMetaXXX: &http.Header{"X-Cos-Meta-M": {"2"}}}})
		ok(err)
		same([]string{s.head("same").Get("x-cos-meta-m"), s.head("new").Get("x-cos-meta-m")}, []string{"1", "2"})
		s.calls("PutObject 200", "PutObjectCopy 200", "PutObjectCopy 200", "HeadObject 200", "HeadObject 200")
	}},
	{"a bucket with an open upload is not deleted", func(s *scene) {
		begun, _, err := s.Object.InitiateMultipartUpload(ctx, "big", nil)
		ok(err)
		_, err = s.Bucket.Delete(ctx)
		s.refused(err, 409, "BucketNotEmpty")
		_, err = s.Object.AbortMultipartUpload(ctx, "big", begun.UploadID)
		ok(err)
		_, err = s.Bucket.Delete(ctx)
		ok(err)
		s.calls("InitiateMultipartUpload 200", "DeleteBucket 409 BucketNotEmpty", "AbortMultipartUpload 204", "DeleteBucket 204")
	}},
	{"a bucket policy opens what it names and closes again", func(s *scene) {
		s.put("pub/a", "open", nil)
		_, _, err := s.Bucket.GetPolicy(ctx)
		s.refused(err, 404, "NoSuchPolicyVersion")
		_, err = s.Bucket.PutPolicy(ctx, &cos.BucketPutPolicyOptions{Version: "2.0", Statement: []cos.BucketStatement{{Effect: "allow",
			Principal: map[string][]string{"qcs": {"qcs::cam::anyone:anyone"}}, Action: []string{"name/cos:GetObject"},
			Resource: []string{"qcs::cos:" + region + ":uid/" + appid + ":" + s.bucket + "/pub/*"}}}})
		ok(err)
		same(s.open("pub/a"), "open")
		_, err = s.Bucket.DeletePolicy(ctx)
		ok(err)
		same(s.open("pub/a"), "403 AccessDenied")
		s.calls("PutObject 200", "GetBucketPolicy 404 NoSuchPolicyVersion", "PutBucketPolicy 204", "GetObject 200", "DeleteBucketPolicy 204",
			"GetObject 403 AccessDenied")
	}},
	{"every version is read by its id", func(s *scene) {
		s.versioning("Enabled")
		first := s.put("k", "one", nil).Get("x-cos-version-id")
		s.put("k", "two", nil)
		same([]string{s.get("k"), s.get("k", first)}, []string{"two", "one"})
		s.fails("k", 404, "NoSuchVersion", "MTg0NDY3NDQwNzM3MDk1NTE2MTU")
		s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "GetObject 200", "GetObject 200", "GetObject 404 NoSuchVersion")
	}},
	{"a delete marker hides and its deletion restores", func(s *scene) {
		s.versioning("Enabled")
		s.put("k", "one", nil)
		reply, err := s.Object.Delete(ctx, "k")
		ok(err)
		marker := reply.Header.Get("x-cos-version-id")
		same(reply.Header.Get("x-cos-delete-marker"), "true")
		s.fails("k", 404, "NoSuchKey")
		page, _, err := s.Bucket.GetObjectVersions(ctx, nil)
		ok(err)
		same(len(page.Version) == 1 && len(page.DeleteMarker) == 1 && page.DeleteMarker[0].IsLatest && page.DeleteMarker[0].VersionId == marker, true)
		_, err = s.Object.Delete(ctx, "k", &cos.ObjectDeleteOptions{VersionId: marker})
		ok(err)
		same(s.get("k"), "one")
		s.calls("PutBucketVersioning 200", "PutObject 200", "DeleteObject 204", "GetObject 404 NoSuchKey", "GetBucketObjectVersions 200",
			"DeleteObject 204", "GetObject 200")
	}},
	{"a public object is read by anyone until it is private", func(s *scene) {
		s.put("k", "open", public())
		same(s.open("k"), "open")
		acl, _, err := s.Object.GetACL(ctx, "k")
		ok(err)
		same([]interface{}{acl.Owner.ID, len(acl.AccessControlList)}, []interface{}{owner, 2})
		_, err = s.Object.PutACL(ctx, "k", &cos.ObjectPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: "private"}})
		ok(err)
		same(s.open("k"), "403 AccessDenied")
		s.calls("PutObject 200", "GetObject 200", "GetObjectACL 200", "PutObjectACL 200", "GetObject 403 AccessDenied")
	}},
	{"an unknown canned acl is refused", func(s *scene) {
		_, err := s.Bucket.PutACL(ctx, &cos.BucketPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: "public-read-writ"}})
		s.refused(err, 400, "InvalidArgument")
		acl, _, err := s.Bucket.GetACL(ctx)
		ok(err)
		same(len(acl.AccessControlList), 1)
		s.calls("PutBucketACL 400 InvalidArgument", "GetBucketACL 200")
	}},
	{"tags of a bucket are replaced as a whole", func(s *scene) {
		for _, key := range []string{"a", "c"} {
			_, err := s.Bucket.PutTagging(ctx, &cos.BucketPutTaggingOptions{TagSet: []cos.BucketTaggingTag{{Key: key, Value: "1"}}})
			ok(err)
		}
		got, _, err := s.Bucket.GetTagging(ctx)
		ok(err)
		same(got.TagSet, []cos.BucketTaggingTag{{Key: "c", Value: "1"}})
		_, err = s.Bucket.DeleteTagging(ctx)
		ok(err)
		_, _, err = s.Bucket.GetTagging(ctx)
		s.refused(err, 404, "NoSuchTagSet")
		s.calls("PutBucketTagging 204", "PutBucketTagging 204", "GetBucketTagging 200", "DeleteBucketTagging 204",
			"GetBucketTagging 404 NoSuchTagSet")
	}},
	{"tags of an upload are counted and read back", func(s *scene) {
		s.put("k", "x", extra("x-cos-tagging", "a=1&b=2"))
		same(s.head("k").Get("x-cos-tagging-count"), "2")
		got, _, err := s.Object.GetTagging(ctx, "k")
		ok(err)
		same(got.TagSet, []cos.ObjectTaggingTag{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}})
		_, err = s.Object.DeleteTagging(ctx, "k")
		ok(err)
		same(s.head("k").Get("x-cos-tagging-count"), "")
		s.calls("PutObject 200", "HeadObject 200", "GetObjectTagging 200", "DeleteObjectTagging 204", "HeadObject 200")
	}},
	{"an append goes on at its position only", func(s *scene) {
		next, _, err := s.Object.Append(ctx, "log", 0, strings.NewReader("one "), nil) // checks the MD5 of the block
		ok(err)
		same(next, 4)
		_, _, err = s.Object.Append(ctx, "log", 0, strings.NewReader("x"), nil)
		s.refused(err, 409, "AppendPositionErr")
		_, _, err = s.Object.Append(ctx, "log", 4, strings.NewReader("two"), nil)
		ok(err)
		same(s.get("log"), "one two")
		s.calls("AppendObject 200", "AppendObject 409 AppendPositionErr", "AppendObject 200", "GetObject 200")
	}},
	{"an appended object grows where versions are kept", func(s *scene) {
		s.versioning("Enabled")
		s.put("log", "plain", nil)
		_, err := s.Object.Delete(ctx, "log")
		ok(err)
		_, _, err = s.Object.Append(ctx, "log", 0, strings.NewReader("one "), nil)
		ok(err)
		next, _, err := s.Object.Append(ctx, "log", 4, strings.NewReader("two"), nil)
		ok(err)
		same(next, 7)
		same(s.get("log"), "one two")
		s.calls("PutBucketVersioning 200", "PutObject 200", "DeleteObject 204", "AppendObject 200", "AppendObject 200", "GetObject 200")
	}},
	{"a link reads as its target", func(s *scene) {
		s.put("target", "text", nil)
		_, err := s.Object.PutSymlink(ctx, "link", &cos.ObjectPutSymlinkOptions{SymlinkTarget: "target"})
		ok(err)
		same(s.get("link"), "text")
		target, _, err := s.Object.GetSymlink(ctx, "link", nil)
		ok(err)
		same(target, "target")
		_, _, err = s.Object.GetSymlink(ctx, "target", nil)
		s.refused(err, 400, "NotSymlink")
		s.calls("PutObject 200", "PutSymlink 200", "GetObject 200", "GetSymlink 200", "GetSymlink 400 NotSymlink")
	}},
	{"a preflight is answered by the rule that fits", func(s *scene) {
		from := &cos.ObjectOptionsOptions{Origin: "http://www.a.com", AccessControlRequestMethod: "PUT"}
		_, err := s.Object.Options(ctx, "k", from)
		s.refused(err, 403, "AccessForbidden")
		_, err = s.Bucket.PutCORS(ctx, &cos.BucketPutCORSOptions{Rules: []cos.BucketCORSRule{{AllowedOrigins: []string{"http://*.a.com"},
			AllowedMethods: []string{"PUT", "GET"}, AllowedHeaders: []string{"*"}, MaxAgeSeconds: 5, ExposeHeaders: []string{"ETag"}}}})
		ok(err)
		reply, err := s.Object.Options(ctx, "k", from)
		ok(err)
		same([]string{reply.Header.Get("Access-Control-Allow-Origin"), reply.Header.Get("Access-Control-Allow-Methods"),
			reply.Header.Get("Access-Control-Max-Age")}, []string{"http://www.a.com", "PUT,GET", "5"})
		_, err = s.Object.Options(ctx, "k", &cos.ObjectOptionsOptions{Origin: "http://b.com", AccessControlRequestMethod: "PUT"})
		s.refused(err, 403, "AccessForbidden")
		s.calls("OptionsObject 403 AccessForbidden", "PutBucketCORS 200", "OptionsObject 200", "OptionsObject 403 AccessForbidden")
	}},
	{"a lifecycle comes back as it was put", func(s *scene) {
		_, _, err := s.Bucket.GetLifecycle(ctx)
		s.refused(err, 404, "NoSuchLifecycleConfiguration")
		_, err = s.Bucket.PutLifecycle(ctx, &cos.BucketPutLifecycleOptions{Rules: []cos.BucketLifecycleRule{{ID: "old", Status: "Enabled",
			Filter: &cos.BucketLifecycleFilter{Prefix: "log/"}, Expiration: &cos.BucketLifecycleExpiration{Days: 30}}}})
		ok(err)
		got, _, err := s.Bucket.GetLifecycle(ctx)
		ok(err)
		same(len(got.Rules) == 1 && got.Rules[0].Filter.Prefix == "log/" && got.Rules[0].Expiration.Days == 30, true)
		s.calls("GetBucketLifecycle 404 NoSuchLifecycleConfiguration", "PutBucketLifecycle 200", "GetBucketLifecycle 200")
	}},
	{"a lifecycle takes what is old by the clock", func(s *scene) {
		s.put("log/old", "x", nil)
		s.put("kept", "x", nil)
		_, err := s.Bucket.PutLifecycle(ctx, &cos.BucketPutLifecycleOptions{Rules: []cos.BucketLifecycleRule{{ID: "old", Status: "Enabled",
			Filter: &cos.BucketLifecycleFilter{Prefix: "log/"}, Expiration: &cos.BucketLifecycleExpiration{Days: 1}}}})
		ok(err)
		ask("POST", "/clock", map[string]int64{"modification_advance_ms": 3 * 86400 * 1000}, &struct{}{})
		page, _, err := s.Bucket.Get(ctx, nil)
		ok(err)
		same(len(page.Contents) == 1 && page.Contents[0].Key == "kept", true)
		s.calls("PutObject 200", "PutObject 200", "PutBucketLifecycle 200", "GetBucket 200")
	}},
	{"logging is off until it is put", func(s *scene) {
		got, _, err := s.Bucket.GetLogging(ctx)
		ok(err)
		same(got.LoggingEnabled == nil, true)
		_, err = s.Bucket.PutLogging(ctx, &cos.BucketPutLoggingOptions{LoggingEnabled: &cos.BucketLoggingEnabled{TargetBucket: s.bucket,
			TargetPrefix: "log/"}})
		ok(err)
		got, _, err = s.Bucket.GetLogging(ctx)
		ok(err)
		same(*got.LoggingEnabled, cos.BucketLoggingEnabled{TargetBucket: s.bucket, TargetPrefix: "log/"})
		_, err = s.Bucket.PutLogging(ctx, &cos.BucketPutLoggingOptions{})
		ok(err)
		s.calls("GetBucketLogging 200", "PutBucketLogging 200", "GetBucketLogging 200", "PutBucketLogging 200")
	}},
	{"a rule copies what is put behind it", func(s *scene) {
		copies := "copies-" + s.bucket
		ask("PUT", "/buckets/"+copies+"?region="+region, nil, &struct{}{})
		other := clientOf(copies, secretID, secretKey)
		s.versioning("Enabled")
		_, err := other.Bucket.PutVersioning(ctx, &cos.BucketPutVersionOptions{Status: "Enabled"})
		ok(err)
		_, err = s.Bucket.PutBucketReplication(ctx, &cos.PutBucketReplicationOptions{Role: owner, Rule: []cos.BucketReplicationRule{{ID: "1",
			Status: "Enabled", Destination: &cos.ReplicationDestination{Bucket: "qcs::cos:" + region + "::" + copies}}}})
		ok(err)
		version := s.put("k", "bytes", nil).Get("x-cos-version-id")
		ask("POST", "/clock", map[string]int64{"modification_advance_ms": 0}, &struct{}{})
		reply, err := other.Object.Get(ctx, "k", nil)
		ok(err)
		same([]string{string(body(reply, err)), reply.Header.Get("x-cos-version-id"), reply.Header.Get("x-cos-replication-status")},
			[]string{"bytes", version, "Replica"})
		s.calls("PutBucketVersioning 200", "PutBucketVersioning 200", "PutBucketReplication 200", "PutObject 200", "GetObject 200")
	}},
	{"what is missing is fetched from the origin", func(s *scene) {
		source := "source-" + s.bucket
		ask("PUT", "/buckets/"+source+"?region="+region, nil, &struct{}{})
		origin := clientOf(source, secretID, secretKey)
		_, err := origin.Bucket.PutACL(ctx, &cos.BucketPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: "public-read"}})
		ok(err)
		_, err = origin.Object.Put(ctx, "k", strings.NewReader("bytes"), nil)
		ok(err)
		_, err = s.Bucket.PutOrigin(ctx, &cos.BucketPutOriginOptions{Rule: []cos.BucketOriginRule{{RulePriority: 1, OriginType: "Mirror",
			OriginCondition: &cos.BucketOriginCondition{HTTPStatusCode: "404"}, OriginParameter: &cos.BucketOriginParameter{Protocol: "HTTP"},
			OriginInfo: &cos.BucketOriginInfo{HostInfo: &cos.BucketOriginHostInfo{HostName: source + ".cos." + region + ".myqcloud.com"}}}}})
		ok(err)
		same(s.get("k"), "bytes")
		s.fails("none", 404, "NoSuchKey")
		s.calls("PutBucketACL 200", "PutObject 200", "PutBucketOrigin 200", "GetObject 200", "GetObject 200",
			"GetObject 404 NoSuchKey", "GetObject 404 NoSuchKey")
	}},
	{"an acceleration is off until it is put", func(s *scene) {
		_, err := s.Bucket.PutAccelerate(ctx, &cos.BucketPutAccelerateOptions{Status: "Enabled", Type: "COS"})
		ok(err)
		got, _, err := s.Bucket.GetAccelerate(ctx)
		ok(err)
		same([]string{got.Status, got.Type}, []string{"Enabled", "COS"})
		s.calls("PutBucketAccelerate 200", "GetBucketAccelerate 200")
	}},
	{"a website serves index and error document", func(s *scene) {
		_, err := s.Bucket.PutACL(ctx, &cos.BucketPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: "public-read"}})
		ok(err)
		s.put("index.html", "index", nil)
		s.put("error.html", "sorry", nil)
		_, err = s.Bucket.PutWebsite(ctx, &cos.BucketPutWebsiteOptions{Index: "index.html", Error: &cos.ErrorDocument{Key: "error.html"}})
		ok(err)
		site := "http://" + s.bucket + ".cos-website." + region + ".myqcloud.com"
		index, _ := s.anonymous("GET", site+"/")
		missing, _ := s.anonymous("GET", site+"/none")
		same([]string{index, missing}, []string{"index", "sorry"})
		s.calls("PutBucketACL 200", "PutObject 200", "PutObject 200", "PutBucketWebsite 200", "GetObject 200", "GetObject 404 NoSuchKey")
	}},
	{"a strange referer is denied and a signature is not", func(s *scene) {
		s.put("k", "open", public())
		_, err := s.Bucket.PutReferer(ctx, &cos.BucketPutRefererOptions{Status: "Enabled", RefererType: "White-List",
			DomainList: []string{"*.a.com"}, EmptyReferConfiguration: "Deny"})
		ok(err)
		good, _ := s.anonymous("GET", "https://"+s.host+"/k", "Referer", "http://www.a.com/page")
		bad, _ := s.anonymous("GET", "https://"+s.host+"/k", "Referer", "http://b.com")
		same([]string{good, bad, s.get("k")}, []string{"open", "403 AccessDenied", "open"})
		s.calls("PutObject 200", "PutBucketReferer 200", "GetObject 200", "GetObject 403 AccessDenied", "GetObject 200")
	}},
	{"encryption by the bucket is on every answer", func(s *scene) {
		_, err := s.Bucket.PutEncryption(ctx, &cos.BucketPutEncryptionOptions{Rule: &cos.BucketEncryptionConfiguration{SSEAlgorithm: "AES256"}})
		ok(err)
		same(s.put("k", "x", nil).Get("x-cos-server-side-encryption"), "AES256")
		_, err = s.Bucket.DeleteEncryption(ctx)
		ok(err)
		_, _, err = s.Bucket.GetEncryption(ctx)
		s.refused(err, 404, "NoSuchEncryptionConfiguration")
		s.calls("PutBucketEncryption 200", "PutObject 200", "DeleteBucketEncryption 204",
			"GetBucketEncryption 404 NoSuchEncryptionConfiguration")
	}},
	{"a customers key opens what it closed", func(s *scene) {
		sum := md5.Sum([]byte(sseKey))
		key, digest := base64.StdEncoding.EncodeToString([]byte(sseKey)), base64.StdEncoding.EncodeToString(sum[:])
		put := s.put("k", "secret", &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{
			XCosSSECustomerAglo: "AES256", XCosSSECustomerKey: key, XCosSSECustomerKeyMD5: digest}})
		same(put.Get("x-cos-server-side-encryption-customer-key-MD5"), "U5L61r7jcwdNvT7frmUG8g==")
		same(string(body(s.Object.Get(ctx, "k", &cos.ObjectGetOptions{XCosSSECustomerAglo: "AES256", XCosSSECustomerKey: key,
			XCosSSECustomerKeyMD5: digest}))), "secret")
		s.fails("k", 400, "SsecDecryptHeaderInvalid")
		s.calls("PutObject 200", "GetObject 200", "GetObject 400 SsecDecryptHeaderInvalid")
	}},
	{"an archived object is restored by the clock", func(s *scene) {
		s.put("k", "cold", &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XCosStorageClass: "ARCHIVE"}})
		s.fails("k", 403, "InvalidObjectState")
		_, err := s.Object.PostRestore(ctx, "k", &cos.ObjectRestoreOptions{Days: 3, Tier: &cos.CASJobParameters{Tier: "Expedited"}})
		ok(err)
		ask("POST", "/clock", map[string]int64{"modification_advance_ms": 6 * 60 * 1000}, &struct{}{})
		same(s.get("k"), "cold")
		s.calls("PutObject 200", "GetObject 403 InvalidObjectState", "PostObjectRestore 202", "GetObject 200")
	}},
	{"a lock once on stays on", func(s *scene) {
		_, _, err := s.Bucket.GetObjectLockConfiguration(ctx)
		s.refused(err, 404, "NoSuchObjectLockConfiguration")
		_, err = s.Bucket.PutObjectLockConfiguration(ctx, &cos.BucketPutObjectLockOptions{ObjectLockEnabled: "Enabled"})
		ok(err)
		got, _, err := s.Bucket.GetObjectLockConfiguration(ctx)
		ok(err)
		same(got.ObjectLockEnabled, "Enabled")
		s.calls("GetBucketObjectLockConfiguration 404 NoSuchObjectLockConfiguration", "PutBucketObjectLockConfiguration 200",
			"GetBucketObjectLockConfiguration 200")
	}},
	{"a locked object is not deleted before its time", func(s *scene) {
		_, err := s.Bucket.PutObjectLockConfiguration(ctx, &cos.BucketPutObjectLockOptions{ObjectLockEnabled: "Enabled",
			Rule: &cos.ObjectLockRule{Days: 1}})
		ok(err)
		s.put("k", "held", nil)
		_, err = s.Object.Delete(ctx, "k")
		s.refused(err, 409, "ObjectLocked")
		ask("POST", "/clock", map[string]int64{"modification_advance_ms": 25 * 3600 * 1000}, &struct{}{})
		_, err = s.Object.Delete(ctx, "k")
		ok(err)
		s.calls("PutBucketObjectLockConfiguration 200", "PutObject 200", "DeleteObject 409 ObjectLocked", "DeleteObject 204")
	}},
	{"a bucket knows its region", func(s *scene) {
		got, _, err := s.Bucket.GetLocation(ctx)
		ok(err)
		same(got.Location, region)
		s.calls("GetBucketLocation 200")
	}},
}

// runScenarios runs those with @word in their name; true when all are true.
func runScenarios(word string) bool {
	for number, scenario := range scenarios {
		if strings.Contains(scenario.name, word) {
			runScenario(number, scenario.name, scenario.run)
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return failed == 0
}

func runScenario(number int, name string, run func(s *scene)) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
			passed++
			fmt.Println("ok   " + name)
		case wrong:
			failed++
			fmt.Printf("FAIL %s: %s\n", name, problem)
		default:
			panic(problem)
		}
	}()
	run(openScene(number))
}
