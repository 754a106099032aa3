package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Greatest reply that is read, as the gateway's default.
const maxReply = 4 << 20

// client posts JSON to Blooio.
type client struct {
	http          http.Client
	base          string
	authorization string
}

// newClient returns a client of the API at base. An https upstream is spoken to
// in HTTP/2 where it can, and checked against the authorities in caFile, if any.
func newClient(base, key, caFile string) (*client, error) {
	transport := &http.Transport{
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     90 * time.Second,
		MaxIdleConnsPerHost: 512,
	}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", caFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authorities}
	}
	return &client{
		http:          http.Client{Transport: transport},
		base:          strings.TrimSuffix(base, "/"),
		authorization: "Bearer " + key,
	}, nil
}

// post sends body to path within ctx's deadline, and returns the reply's status
// and body. An empty idempotencyKey is not sent.
func (c *client) post(ctx context.Context, path, idempotencyKey string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", c.authorization)
	request.Header.Set("Content-Type", "application/json")
	if idempotencyKey != "" {
		request.Header.Set("Idempotency-Key", idempotencyKey)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return 0, nil, err
	}
	if len(reply) > maxReply {
		return 0, nil, fmt.Errorf("the reply is longer than %d bytes", maxReply)
	}
	return response.StatusCode, reply, nil
}
