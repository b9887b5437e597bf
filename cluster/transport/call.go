package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/msredis/msredis/cluster/transport/secure"
)

const (
	// answerTimeout bounds how long a node works on a call.
	answerTimeout  = 30 * time.Second
	maxMethodBytes = 255
)

// Caller is the other side of a call. Named returns an error if it has shown a certificate
// that is not that of the node called name, where that is checked.
type Caller interface{ Named(name string) error }

// Call sends one request to the node at addr and returns its answer, and who gave it.
// clusterID may be 0 if it is not known. An error of the other node's handler comes back as
// a *RefusedError.
func Call(ctx context.Context, g *secure.Guard, addr string, clusterID uint64, method string, req []byte) ([]byte, Caller, error) {
	out, who, err := call(ctx, g, addr, clusterID, method, req)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, nil, fmt.Errorf("call %s at %s: %w", method, addr, err)
	}
	return out, who, nil
}

func call(ctx context.Context, g *secure.Guard, addr string, clusterID uint64, method string, req []byte) ([]byte, Caller, error) {
	if len(method) > maxMethodBytes || 1+len(method)+len(req) > maxRequest {
		return nil, nil, errTooLong
	}
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	request := appendFrame(nil, kindCall, []byte{byte(len(method))}, []byte(method), req)
	safe, in, _, err := greet(g, conn, hello{version: version, purpose: forCall, cluster: clusterID}, greetTimeout)
	if err != nil {
		return nil, nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return nil, nil, err
	}
	if _, err := safe.Write(request); err != nil {
		return nil, nil, err
	}
	body, err := in.expect(kindAnswer)
	if err != nil {
		return nil, nil, err
	}
	out, err := parseStatus(body)
	return out, safe, err
}

// answer answers the call on a connection that was let in for it.
func (in *inbound) answer(fr *frames) {
	t := in.t
	body, err := fr.expect(kindCall)
	if err != nil || len(body) == 0 || len(body) < 1+int(body[0]) {
		return
	}
	t.mu.Lock()
	in.asked = true
	t.mu.Unlock()
	method, req := string(body[1:1+body[0]]), body[1+body[0]:]
	result, err := t.handler.Call(in.safe, method, req)
	if err == nil && len(result) >= maxSmallFrame {
		err = errTooLong
	}
	if in.conn.SetDeadline(time.Now().Add(greetTimeout)) == nil {
		in.safe.Write(appendStatus(nil, kindAnswer, result, err))
	}
}
