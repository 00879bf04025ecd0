// SPDX-License-Identifier: Apache-2.0

// The official Go SDKs against a running mock. Run under `cosmock exec -- ./flow`.
//
// Nothing here knows it is a mock but the two control calls that age a token and read the journal. Every claim asserts what
// the SDK saw AND the journal: the calls since the last claim, as "operation key status code". Expected values are facts of
// the service (sts-cam s.4, cos-wire s.1.5, 2.1).
package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tcsts "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sts/v20180813"
	"github.com/tencentyun/cos-go-sdk-v5"
	cossts "github.com/tencentyun/qcloud-cos-sts-sdk/go"
)

var (
	bucket    = os.Getenv("COSMOCK_BUCKET")
	region    = os.Getenv("COSMOCK_REGION")
	appid     = os.Getenv("COSMOCK_APPID")
	secretID  = os.Getenv("COSMOCK_SECRET_ID")
	secretKey = os.Getenv("COSMOCK_SECRET_KEY")
	control   = os.Getenv("COSMOCK_CONTROL") + "/v1/t/" + os.Getenv("COSMOCK_TENANT")

	run            = fmt.Sprintf("go-%d/", os.Getpid())
	ctx            = context.Background()
	passed, failed int
	seen           int64 // the journal's last entry that a claim has looked at
)

// entry is what a claim may want to know of a call.
type entry struct {
	Op           string `json:"op"`
	Method       string `json:"method"`
	Key          string `json:"key"`
	Status       int    `json:"status"`
	Code         string `json:"code"`
	TLS          bool   `json:"tls"`
	Authn        string `json:"authn"`
	Authz        string `json:"authz"`
	SecretID     string `json:"secret_id"`
	IdentitySays string `json:"identity_says"`
	SessionSays  string `json:"session_says"`
	BytesIn      int64  `json:"bytes_in"`
}

// line is how claims write a call: "GetObject small 404 NoSuchKey".
func (e entry) line() string {
	words := []string{e.Op}
	if e.Key != "" {
		words = append(words, strings.TrimPrefix(e.Key, run))
	}
	words = append(words, fmt.Sprint(e.Status))
	if e.Code != "" {
		words = append(words, e.Code)
	}
	return strings.Join(words, " ")
}

// ask calls the control API about our tenant; loopback goes past every proxy.
func ask(method, path string, body, answer interface{}) {
	data, err := json.Marshal(body)
	must(err)
	request, err := http.NewRequest(method, control+path, bytes.NewReader(data))
	must(err)
	if body == nil {
		request.Body, request.ContentLength = nil, 0
	}
	reply, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	must(err)
	defer reply.Body.Close()
	must(json.NewDecoder(reply.Body).Decode(answer))
}

// claim is one sentence that must be true; calls is what the mock must have seen since the last one, in any order.
func claim(name string, truth bool, detail interface{}, calls ...string) []entry {
	var page struct {
		LastSeq int64   `json:"last_seq"`
		Entries []entry `json:"entries"`
	}
	ask("GET", fmt.Sprintf("/journal?after=%d", seen), nil, &page)
	seen = page.LastSeq
	got := []string{}
	for _, e := range page.Entries {
		got = append(got, e.line())
	}
	sort.Strings(got)
	want := append([]string{}, calls...)
	sort.Strings(want)
	if truth && reflect.DeepEqual(got, want) {
		passed++
		fmt.Println("ok   " + name)
	} else {
		failed++
		fmt.Printf("FAIL %s: the SDK saw %v; the journal has %q\n", name, detail, got)
	}
	return page.Entries
}

// refused claims that err is the service's, with this status and code, and that the journal says so, too.
func refused(name string, err error, status int, code, call string) []entry {
	var answer *cos.ErrorResponse
	truth := errors.As(err, &answer) && answer.Response.StatusCode == status && answer.Code == code
	return claim(name, truth, err, strings.TrimSpace(fmt.Sprintf("%s %d %s", call, status, code)))
}

// must is for what is not claimed but has to work.
func must(err error) {
	if err != nil {
		fmt.Println("FAIL the flow ended early:", err)
		os.Exit(1)
	}
}

func client(id, key, token string) *cos.Client {
	base, err := cos.NewBucketURL(bucket, region, true)
	must(err)
	return cos.NewClient(&cos.BaseURL{BucketURL: base}, &http.Client{
		Transport: &cos.AuthorizationTransport{SecretID: id, SecretKey: key, SessionToken: token}})
}

func body(reply *cos.Response, err error) []byte {
	if err != nil {
		return []byte(err.Error())
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	must(err)
	return data
}

func get(address string) (*http.Response, string) {
	reply, err := http.Get(address)
	must(err)
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	must(err)
	return reply, string(data)
}

func objects(c *cos.Client) {
	small := bytes.Repeat([]byte("Hello COS \x00\xff"), 7)
	etag := fmt.Sprintf("\"%x\"", md5.Sum(small))
	reply, err := c.Object.Put(ctx, run+"small", bytes.NewReader(small), &cos.ObjectPutOptions{
		ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{ContentType: "text/x-claim",
			XCosMetaXXX: &http.Header{"X-Cos-Meta-Colour": {"blue"}}}})
	must(err)
	claim("put answers with the MD5 as ETag", reply.Header.Get("ETag") == etag, reply.Header, "PutObject small 200")
	got := body(c.Object.Get(ctx, run+"small", nil))
	claim("get returns the bytes", bytes.Equal(got, small), got, "GetObject small 200")
	reply, err = c.Object.Head(ctx, run+"small", nil)
	must(err)
	claim("metadata, type, length and ETag come back", reply.Header.Get("x-cos-meta-colour") == "blue" &&
		reply.Header.Get("Content-Type") == "text/x-claim" && reply.ContentLength == int64(len(small)) &&
		reply.Header.Get("ETag") == etag, reply.Header, "HeadObject small 200")
	reply, err = c.Object.Get(ctx, run+"small", &cos.ObjectGetOptions{Range: "bytes=3-9"})
	got = body(reply, err)
	calls := claim("a range returns exactly the range and names it", bytes.Equal(got, small[3:10]) &&
		reply.Header.Get("Content-Range") == fmt.Sprintf("bytes 3-9/%d", len(small)), got, "GetObject small 206")
	claim("over TLS, signed by our key", len(calls) == 1 && calls[0].TLS && calls[0].Authn == "ok" && calls[0].SecretID == secretID, calls)
	_, err = c.Object.Get(ctx, run+"small", &cos.ObjectGetOptions{Range: "bytes=9999-"})
	refused("a range beyond the end is InvalidRange", err, 416, "InvalidRange", "GetObject small")
	_, err = c.Object.Head(ctx, run+"small", &cos.ObjectHeadOptions{IfModifiedSince: reply.Header.Get("Last-Modified")})
	refused("an unmodified object is 304", err, 304, "", "HeadObject small")
	_, err = c.Object.Get(ctx, run+"none", nil)
	refused("a missing key is NoSuchKey", err, 404, "NoSuchKey", "GetObject none")
	exists, err := c.Object.IsExist(ctx, run+"none")
	claim("and does not exist", !exists && err == nil, err, "HeadObject none 404 NoSuchKey")
	odd := "od d+%&=#/é中'(x)"
	_, err = c.Object.Put(ctx, run+odd, strings.NewReader("odd"), nil)
	must(err)
	got = body(c.Object.Get(ctx, run+odd, nil))
	_, err = c.Object.Delete(ctx, run+odd)
	claim("a key with every awkward byte works", string(got) == "odd" && err == nil, string(got),
		"PutObject "+odd+" 200", "GetObject "+odd+" 200", "DeleteObject "+odd+" 204")
	_, err = c.Object.Delete(ctx, run+"none")
	claim("deleting what is not there is 204", err == nil, err, "DeleteObject none 204")
}

func listing(c *cos.Client) {
	var doomed []cos.Object
	var puts, want, prefixes []string
	for n := 0; n < 12; n++ {
		folder := fmt.Sprintf("list/%02d/", n)
		_, err := c.Object.Put(ctx, run+folder+"x", strings.NewReader(""), nil)
		must(err)
		doomed = append(doomed, cos.Object{Key: run + folder + "x"})
		puts = append(puts, "PutObject "+folder+"x 200")
		want = append(want, run+folder)
	}
	claim("twelve empty objects go up", true, nil, puts...)
	for marker, more := "", true; more; {
		page, _, err := c.Bucket.Get(ctx, &cos.BucketGetOptions{Prefix: run + "list/", Delimiter: "/", Marker: marker, MaxKeys: 5})
		must(err)
		prefixes = append(prefixes, page.CommonPrefixes...)
		marker, more = page.NextMarker, page.IsTruncated
	}
	claim("list pages through every common prefix once", reflect.DeepEqual(prefixes, want), prefixes, "GetBucket 200", "GetBucket 200", "GetBucket 200")
	page, _, err := c.Bucket.Get(ctx, &cos.BucketGetOptions{Prefix: run + "list/", EncodingType: "url"})
	must(err)
	truth := len(page.Contents) == 12
	for _, object := range page.Contents {
		truth = truth && object.Size == 0 && object.ETag == `"d41d8cd98f00b204e9800998ecf8427e"`
	}
	claim("a flat list has size and ETag of each", truth, page.Contents, "GetBucket 200")
	reply, _, err := c.Object.DeleteMulti(ctx, &cos.ObjectDeleteMultiOptions{Objects: doomed})
	claim("multi-delete deletes all", err == nil && len(reply.DeletedObjects) == 12 && len(reply.Errors) == 0, reply, "DeleteMultipleObjects 200")
	page, _, err = c.Bucket.Get(ctx, &cos.BucketGetOptions{Prefix: run + "list/"})
	claim("and nothing is left", err == nil && len(page.Contents) == 0, page, "GetBucket 200")
}

func multipart(c *cos.Client, folder string) {
	block := make([]byte, 1<<16)
	for i := range block {
		block[i] = byte(uint32(i) * 2654435761 >> 13)
	}
	big := bytes.Repeat(block, 320) // 20 MiB
	path := filepath.Join(folder, "big")
	must(os.WriteFile(path, big, 0o600))
	up, whole, err := c.Object.Upload(ctx, run+"big", path, &cos.MultiUploadOptions{PartSize: 5, ThreadPoolSize: 4})
	must(err)
	calls := claim("a 20 MiB upload is a multipart of 4", strings.HasSuffix(up.ETag, `-4"`), up.ETag, "InitiateMultipartUpload big 200",
		"UploadPart big 200", "UploadPart big 200", "UploadPart big 200", "UploadPart big 200", "CompleteMultipartUpload big 200")
	sent := int64(0)
	for _, e := range calls {
		if e.Op == "UploadPart" {
			sent += e.BytesIn
		}
	}
	claim("and no byte was sent twice", sent == int64(len(big)), sent)
	_, err = c.Object.Download(ctx, run+"big", path+".back", &cos.MultiDownloadOptions{PartSize: 8, ThreadPoolSize: 3})
	must(err)
	got, err := os.ReadFile(path + ".back")
	claim("three ranges of it make the same bytes and CRC", err == nil && bytes.Equal(got, big), len(got),
		"HeadObject big 200", "GetObject big 206", "GetObject big 206", "GetObject big 206")
	source := bucket + ".cos." + region + ".myqcloud.com/" + run + "big"
	_, _, err = c.Object.Copy(ctx, run+"copy", source, &cos.ObjectCopyOptions{ObjectCopyHeaderOptions: &cos.ObjectCopyHeaderOptions{
		XCosMetadataDirective: "Replaced", XCosMetaXXX: &http.Header{"X-Cos-Meta-Copy": {"yes"}}}})
	must(err)
	copied, err := c.Object.Head(ctx, run+"copy", nil)
	must(err)
	claim("a copy has length, CRC and its new metadata", copied.ContentLength == int64(len(big)) &&
		copied.Header.Get("x-cos-hash-crc64ecma") == whole.Header.Get("x-cos-hash-crc64ecma") && copied.Header.Get("x-cos-meta-copy") == "yes", copied.Header,
		"PutObjectCopy copy 200", "HeadObject copy 200")
	parts(c, source)
	_, _, err = c.Object.DeleteMulti(ctx, &cos.ObjectDeleteMultiOptions{Objects: []cos.Object{{Key: run + "big"}, {Key: run + "copy"}, {Key: run + "small"}}})
	must(err)
	exists, err := c.Object.IsExist(ctx, run+"big")
	claim("after delete it is gone", !exists && err == nil, err, "DeleteMultipleObjects 200", "HeadObject big 404 NoSuchKey")
}

// parts is one upload by hand, from bytes and from an object, that is given up.
func parts(c *cos.Client, source string) {
	begun, _, err := c.Object.InitiateMultipartUpload(ctx, run+"open", nil)
	must(err)
	_, err = c.Object.UploadPart(ctx, run+"open", begun.UploadID, 1, strings.NewReader("part"), nil)
	must(err)
	_, _, err = c.Object.CopyPart(ctx, run+"open", begun.UploadID, 2, source, &cos.ObjectCopyPartOptions{XCosCopySourceRange: "bytes=0-1023"})
	must(err)
	list, _, err := c.Object.ListParts(ctx, run+"open", begun.UploadID, nil)
	must(err)
	_, err = c.Object.AbortMultipartUpload(ctx, run+"open", begun.UploadID)
	claim("an open upload lists its parts and is aborted", err == nil && len(list.Parts) == 2 && list.Parts[0].Size == 4 && list.Parts[1].Size == 1024, list,
		"InitiateMultipartUpload open 200", "UploadPart open 200", "UploadPartCopy open 200", "ListParts open 200", "AbortMultipartUpload open 204")
	_, _, err = c.Object.ListParts(ctx, run+"open", begun.UploadID, nil)
	refused("after that it is NoSuchUpload", err, 404, "NoSuchUpload", "ListParts open")
}

func presigned(c *cos.Client) {
	_, err := c.Object.Put(ctx, run+"signed", strings.NewReader("signed"), nil)
	must(err)
	address, err := c.Object.GetPresignedURL2(ctx, http.MethodGet, run+"signed", 5*time.Minute,
		&cos.PresignedURLOptions{Query: &url.Values{"response-content-type": {"text/x-claim"}}})
	must(err)
	reply, text := get(address.String())
	claim("a presigned URL works and carries its signed override", text == "signed" && reply.Header.Get("Content-Type") == "text/x-claim", text,
		"PutObject signed 200", "GetObject signed 200")
	reply, text = get(strings.Replace(address.String(), "/signed?", "/signeD?", 1))
	claim("a tampered path is SignatureDoesNotMatch", reply.StatusCode == 403 && strings.Contains(text, "<Code>SignatureDoesNotMatch</Code>") &&
		strings.Contains(text, "<FormatString>get\n"), text, "GetObject signeD 403 SignatureDoesNotMatch")
	cut := strings.Index(address.String(), "q-signature=") + len("q-signature=")
	digit := "0"
	if address.String()[cut] == '0' {
		digit = "1"
	}
	reply, text = get(address.String()[:cut] + digit + address.String()[cut+1:])
	claim("a tampered signature is SignatureDoesNotMatch", reply.StatusCode == 403 && strings.Contains(text, "<Code>SignatureDoesNotMatch</Code>"), text,
		"GetObject signed 403 SignatureDoesNotMatch")
	reply, text = get(strings.SplitN(address.String(), "?", 2)[0])
	claim("no signature is AccessDenied", reply.StatusCode == 403 && strings.Contains(text, "<Code>AccessDenied</Code>"), text,
		"GetObject signed 403 AccessDenied")
	_, err = client(secretID, strings.Repeat("x", 32), "").Object.Get(ctx, run+"signed", nil)
	refused("a wrong secret is SignatureDoesNotMatch", err, 403, "SignatureDoesNotMatch", "GetObject signed")
	_, err = client("AKID"+strings.Repeat("z", 32), secretKey, "").Object.Get(ctx, run+"signed", nil)
	refused("an unknown id is InvalidAccessKeyId", err, 403, "InvalidAccessKeyId", "GetObject signed")
	_, err = c.Object.Delete(ctx, run+"signed")
	claim("the object is cleared away", err == nil, err, "DeleteObject signed 204")
}

func tokens(c *cos.Client) {
	minted, err := cossts.NewClient(secretID, secretKey, nil).GetCredential(&cossts.CredentialOptions{Region: region, DurationSeconds: 1800,
		Policy: &cossts.CredentialPolicy{Version: "2.0", Statement: []cossts.CredentialPolicyStatement{{Effect: "allow",
			Action:   []string{"name/cos:PutObject", "name/cos:GetObject"},
			Resource: []string{"qcs::cos:" + region + ":uid/" + appid + ":" + bucket + "/" + run + "in/*"}}}}})
	must(err)
	key := minted.Credentials
	claim("STS mints a token of the asked length", minted.ExpiredTime-minted.StartTime == 1800 && key.SessionToken != "", minted.ExpiredTime, "GetFederationToken 200")
	temp := client(key.TmpSecretID, key.TmpSecretKey, key.SessionToken)
	_, err = temp.Object.Put(ctx, run+"in/x", strings.NewReader("in"), nil)
	must(err)
	got := body(temp.Object.Get(ctx, run+"in/x", nil))
	calls := claim("a narrowed token may do what its policy allows", string(got) == "in", string(got), "PutObject in/x 200", "GetObject in/x 200")
	claim("as a federated user", len(calls) == 2 && calls[0].SecretID == key.TmpSecretID && calls[0].SessionSays == "allow", calls)
	_, err = temp.Object.Put(ctx, run+"out/x", strings.NewReader("no"), nil)
	calls = refused("and nothing outside its prefix", err, 403, "AccessDenied", "PutObject out/x")
	claim("the journal says who denied it", len(calls) == 1 && calls[0].Authz == "deny" && calls[0].SessionSays == "implicit" && calls[0].IdentitySays == "allow", calls)
	_, err = temp.Object.Delete(ctx, run+"in/x")
	refused("nor another action", err, 403, "AccessDenied", "DeleteObject in/x")
	exists, err := c.Object.IsExist(ctx, run+"out/x")
	claim("nothing was stored outside", !exists && err == nil, err, "HeadObject out/x 404 NoSuchKey")
	address, err := temp.Object.GetPresignedURL2(ctx, http.MethodGet, run+"in/x", time.Minute, nil)
	must(err)
	_, text := get(address.String())
	claim("a URL presigned by a token works", text == "in", text, "GetObject in/x 200")
	_, err = client(key.TmpSecretID, key.TmpSecretKey, "").Object.Get(ctx, run+"in/x", nil)
	refused("a temporary key without its token is refused", err, 403, "InvalidAccessKeyId", "GetObject in/x")
	_, err = client(key.TmpSecretID, key.TmpSecretKey, "x"+key.SessionToken).Object.Get(ctx, run+"in/x", nil)
	refused("a token of somebody else is refused", err, 403, "InvalidAccessKeyId", "GetObject in/x")
	var clocks map[string]int64
	ask("POST", "/clock", map[string]int64{"token_advance_ms": 1801 * 1000}, &clocks)
	_, err = temp.Object.Get(ctx, run+"in/x", nil)
	refused("after its end it is ExpiredToken", err, 403, "ExpiredToken", "GetObject in/x")
	_, err = c.Object.Delete(ctx, run+"in/x")
	claim("the permanent key is untouched by that", err == nil, err, "DeleteObject in/x 204")
	federationLimit()
}

// demos are the policies of qcloud-cos-sts-sdk's go/example/sts_demo.go: one object, from two networks.
func demos(c *cos.Client) {
	for _, row := range []struct {
		name     string
		networks []string
		allowed  bool
	}{
		{"the demo's networks are not ours", []string{"10.217.182.3/24", "111.21.33.72/24"}, false},
		{"ours is let in", []string{"111.21.33.72/24", "127.0.0.1/8"}, true},
	} {
		minted, err := cossts.NewClient(secretID, secretKey, nil).GetCredential(&cossts.CredentialOptions{Region: region, DurationSeconds: 3600,
			Policy: &cossts.CredentialPolicy{Statement: []cossts.CredentialPolicyStatement{{Effect: "allow",
				Action:    []string{"name/cos:PostObject", "name/cos:PutObject"},
				Resource:  []string{"qcs::cos:" + region + ":uid/" + appid + ":" + bucket + "/" + run + "demo"},
				Condition: map[string]map[string]interface{}{"ip_equal": {"qcs:ip": row.networks}}}}}})
		must(err)
		key := minted.Credentials
		claim("a demo of cos-sts is given its token", minted.ExpiredTime-minted.StartTime == 3600, minted.ExpiredTime, "GetFederationToken 200")
		_, err = client(key.TmpSecretID, key.TmpSecretKey, key.SessionToken).Object.Put(ctx, run+"demo", strings.NewReader("x"), nil)
		if row.allowed {
			claim(row.name, err == nil, err, "PutObject demo 200")
		} else {
			calls := refused(row.name, err, 403, "AccessDenied", "PutObject demo")
			claim("and the session's policy said so", len(calls) == 1 && calls[0].SessionSays == "implicit", calls)
		}
	}
	_, err := c.Object.Delete(ctx, run+"demo")
	claim("the object is cleared away", err == nil, err, "DeleteObject demo 204")
}

// federationLimit makes the same call by the general SDK of Tencent Cloud, signed by TC3 instead of by the older scheme.
func federationLimit() {
	sts, err := tcsts.NewClient(common.NewCredential(secretID, secretKey), region, profile.NewClientProfile())
	must(err)
	request := tcsts.NewGetFederationTokenRequest()
	request.Name = common.StringPtr("flow")
	request.Policy = common.StringPtr(url.QueryEscape(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:*"],"resource":["*"]}]}`))
	request.DurationSeconds = common.Uint64Ptr(7200)
	good, err := sts.GetFederationToken(request)
	claim("a root key gets 7200 s", err == nil && strings.HasPrefix(*good.Response.Credentials.TmpSecretId, "AKID"), err, "GetFederationToken 200")
	request.DurationSeconds = common.Uint64Ptr(7201)
	_, err = sts.GetFederationToken(request)
	var answer *sdkerrors.TencentCloudSDKError
	claim("and no second more", errors.As(err, &answer) && answer.Code == "InvalidParameter.OverTimeError", err,
		"GetFederationToken 200 InvalidParameter.OverTimeError")
}

// main runs the flow, or the scenarios: `flow scenarios [WORD]`.
func main() {
	if len(os.Args) > 1 && os.Args[1] == "scenarios" {
		if !runScenarios(strings.Join(os.Args[2:], " ")) {
			os.Exit(1)
		}
		return
	}
	folder, err := os.MkdirTemp("", "go-flow-")
	must(err)
	defer os.RemoveAll(folder)
	c := client(secretID, secretKey, "")
	objects(c)
	listing(c)
	multipart(c, folder)
	presigned(c)
	demos(c)
	tokens(c)
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.RemoveAll(folder)
		os.Exit(1)
	}
}
