package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Client returns the configuration of one who connects to a server. It shows the
// certificate of the files, if they name one. The server's certificate is of a CA of the
// files, or of the system if they name none, and has the name. Without a name, any
// certificate of the CA of the files will do.
func Client(f Files, name string) (*tls.Config, error) {
	config := &tls.Config{ServerName: name}
	f.NoCA = true
	var err error
	if config.RootCAs, err = roots(f); err != nil {
		return nil, err
	}
	if config.MinVersion, config.MaxVersion, err = Versions(f.Protocols); err != nil {
		return nil, err
	}
	if f.Cert != "" || f.Key != "" {
		cert, err := certificate(f)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{cert}
	}
	if name == "" {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(cs tls.ConnectionState) error { return ofCA(config.RootCAs, cs) }
	}
	return config, nil
}

// ofCA checks that a server's certificate is of one of the CAs, whatever its names.
func ofCA(roots *x509.CertPool, cs tls.ConnectionState) error {
	if roots == nil {
		return errors.New("the server's certificate cannot be checked without tls-ca-cert-file or tls-ca-cert-dir")
	}
	between := x509.NewCertPool()
	for _, c := range cs.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	return err
}
