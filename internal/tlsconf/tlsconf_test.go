package tlsconf

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/testcerts"
)

// TestRefresh: files that have changed are loaded anew; a pair that does not fit
// together, as in the middle of a renewal, changes nothing.
func TestRefresh(t *testing.T) {
	ca := testcerts.New(t, t.TempDir(), "ca")
	cert, key := ca.Issue(t, "n1")
	s, err := New(Files{Cert: cert, Key: key, CAFile: ca.File})
	if err != nil {
		t.Fatal(err)
	}
	serial := func() string { return s.now.Load().cert.Leaf.SerialNumber.String() }
	first := serial()
	if changed, err := s.Refresh(); changed || err != nil {
		t.Fatal(changed, err)
	}
	old, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	ca.Issue(t, "n1")
	fresh, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Second) // the clock of the file system may be coarse
	put := func(data []byte) {
		later = later.Add(time.Second)
		if err := os.WriteFile(key, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(key, later, later); err != nil {
			t.Fatal(err)
		}
	}
	put(old)
	if changed, err := s.Refresh(); changed || err == nil || serial() != first {
		t.Errorf("a new certificate with the old key: %v, %v", changed, err)
	}
	put(fresh)
	if changed, err := s.Refresh(); !changed || err != nil || serial() == first {
		t.Errorf("both new: %v, %v", changed, err)
	}
}

// TestEncryptedKeys: keys as openssl encrypts them are read with their passphrase, and
// with no other.
func TestEncryptedKeys(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v %s", args, err, out)
		}
	}
	plain, cert := filepath.Join(dir, "plain.key"), filepath.Join(dir, "n1.crt")
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", plain, "-out", cert, "-subj", "/CN=n1", "-days", "1")
	for name, args := range map[string][]string{
		"aes-256 with SHA-256": {"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", plain, "-passout", "pass:open sesame"},
		"aes-128 with SHA-1":   {"pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-in", plain, "-passout", "pass:open sesame"},
		"aes-192 with SHA-512": {"pkcs8", "-topk8", "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512", "-in", plain, "-passout", "pass:open sesame"},
		"PEM's own":            {"rsa", "-traditional", "-aes256", "-in", plain, "-passout", "pass:open sesame"},
	} {
		key := filepath.Join(dir, "encrypted.key")
		run(append(args, "-out", key)...)
		for _, pass := range []string{"open sesame", "another", ""} {
			err := Check(Files{Cert: cert, Key: key, KeyPass: pass, CAFile: cert})
			if (err == nil) != (pass == "open sesame") {
				t.Errorf("%s with %q: %v", name, pass, err)
			}
		}
	}
}

// TestCheck: what cannot be loaded is named by its option.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	ca := testcerts.New(t, dir, "ca")
	cert, key := ca.Issue(t, "n1")
	otherCert, _ := ca.Issue(t, "n2")
	empty := t.TempDir()
	good := Files{Cert: cert, Key: key, CAFile: ca.File}
	for _, c := range []struct {
		change func(*Files)
		want   string
	}{
		{func(*Files) {}, ""},
		{func(f *Files) { f.CAFile, f.CADir = "", dir }, ""},
		{func(f *Files) { f.Protocols = "TLSv1.3 tlsv1.2" }, ""},
		{func(f *Files) { f.Ciphers = "ECDHE-RSA-AES128-GCM-SHA256:!MEDIUM" }, ""},
		{func(f *Files) { f.Cert = "" }, "tls-cert-file and tls-key-file"},
		{func(f *Files) { f.Key = filepath.Join(dir, "none") }, "none: no such file"},
		{func(f *Files) { f.Cert = otherCert }, "private key does not match"},
		{func(f *Files) { f.CAFile = "" }, "tls-ca-cert-file or tls-ca-cert-dir"},
		{func(f *Files) { f.CAFile = key }, "has no certificate"},
		{func(f *Files) { f.CAFile, f.CADir = "", empty }, "has no certificate"},
		{func(f *Files) { f.Protocols = "TLSv1.1" }, `"tlsv1.1" is neither`},
		{func(f *Files) { f.Ciphers = "RC4-MD5" }, `"RC4-MD5" is no cipher suite`},
	} {
		f := good
		c.change(&f)
		err := Check(f)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// FuzzKey reads any bytes as an encrypted key.
func FuzzKey(f *testing.F) {
	f.Add([]byte("0"))
	f.Fuzz(func(t *testing.T, der []byte) {
		if plain, err := decryptPKCS8(der, "word"); err == nil && len(plain) > len(der) {
			t.Error("more than was there")
		}
	})
}
