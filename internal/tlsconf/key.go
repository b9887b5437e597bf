package tlsconf

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
)

var errPassphrase = errors.New("it cannot be decrypted: wrong tls-key-file-pass?")

// decryptKey returns a key in PEM that is not encrypted. There are two ways in which
// openssl encrypts keys: that of PEM itself (genrsa -traditional), and PKCS #8, which
// crypto/x509 does not read.
func decryptKey(data []byte, pass string) ([]byte, error) {
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return data, nil // not encrypted; or no key at all, which others notice
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" {
			der, err := decryptPKCS8(block.Bytes, pass)
			if err != nil {
				return nil, err
			}
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
		}
		//lint:ignore SA1019 it is weak, and what openssl -traditional writes
		if x509.IsEncryptedPEMBlock(block) {
			//lint:ignore SA1019 likewise
			der, err := x509.DecryptPEMBlock(block, []byte(pass))
			if err != nil {
				return nil, errPassphrase
			}
			return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
		}
	}
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	aesKeys   = map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}
	hashes    = map[string]func() hash.Hash{
		"": sha1.New, "1.2.840.113549.2.7": sha1.New, // the default of the standard
		"1.2.840.113549.2.9": sha256.New, "1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New,
	}
)

// maxIterations bounds what a file can make a start cost.
const maxIterations = 10_000_000

// decryptPKCS8 decrypts an EncryptedPrivateKeyInfo (RFC 5958) of PBES2 with PBKDF2 and
// AES in CBC mode (RFC 8018), which is what openssl writes.
func decryptPKCS8(der []byte, pass string) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var scheme struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	var kdf struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	var iv []byte
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	if !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, fmt.Errorf("encryption %v is not supported; encrypt it with openssl pkcs8 -topk8 -v2 aes256", info.Algorithm.Algorithm)
	}
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, err
	}
	size := aesKeys[scheme.Cipher.Algorithm.String()]
	if !scheme.KDF.Algorithm.Equal(oidPBKDF2) || size == 0 {
		return nil, fmt.Errorf("encryption %v with %v is not supported; encrypt it with openssl pkcs8 -topk8 -v2 aes256",
			scheme.Cipher.Algorithm, scheme.KDF.Algorithm)
	}
	if _, err := asn1.Unmarshal(scheme.KDF.Parameters.FullBytes, &kdf); err != nil {
		return nil, err
	}
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	sum := hashes[kdf.PRF.Algorithm.String()]
	if sum == nil || kdf.Iterations < 1 || kdf.Iterations > maxIterations || len(iv) != aes.BlockSize ||
		len(info.Data) == 0 || len(info.Data)%aes.BlockSize != 0 {
		return nil, errors.New("its encryption is not supported")
	}
	key, err := pbkdf2.Key(sum, pass, kdf.Salt, kdf.Iterations, size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, errPassphrase
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return nil, errPassphrase
		}
	}
	return plain[:len(plain)-pad], nil
}
