package main

import (
	"github.com/coreos/go-systemd/v22/daemon"
)

// A node tells systemd these, as redis-server does (sd_notify(3)).
const (
	tellStarting = "STATUS=Loading the data, or waiting for the other nodes"
	tellReady    = daemon.SdNotifyReady + "\nSTATUS=Ready to accept connections"
	tellStopping = daemon.SdNotifyStopping
)

// tell tells systemd the state of the node, if the option supervised asks for that. A unit
// of Type=notify is started when it has heard tellReady.
func (p *process) tell(state string) {
	how := p.opts.String("supervised")
	if how != "systemd" && how != "auto" {
		return
	}
	sent, err := daemon.SdNotify(false, state)
	if err != nil {
		p.log.Warn("cannot notify systemd", "err", err)
	} else if !sent && how == "systemd" && state == tellStarting {
		p.log.Warn("supervised is systemd, but NOTIFY_SOCKET is not set: nobody is notified")
	}
}
