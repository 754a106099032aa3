// The gateway's one hop as a team would otherwise write it: grpc-go in front,
// net/http behind, and nothing else. It knows no callers, limits, ledger,
// metrics or log; tests/bench compares the gateway's cost per call with its.
//
//	go-peer --upstream http://127.0.0.1:8080/v4 --key KEY [--ca ca.pem]
//
// When it listens, it prints one line, its address.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	pb "blooio/v4"
)

func main() {
	upstream := flag.String("upstream", "", "base URL of Blooio's v4 API")
	ca := flag.String("ca", "", "PEM file of the authorities that an https upstream is checked against; default the system's")
	key := flag.String("key", "", "API key")
	flag.Parse()
	log.SetFlags(0)
	log.SetPrefix("go-peer: ")
	if *upstream == "" || *key == "" || flag.NArg() > 0 {
		log.Print("--upstream and --key are needed, and nothing but flags.")
		os.Exit(2)
	}

	client, err := newClient(*upstream, *key, *ca)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterMessagesServiceServer(server, &messages{client: client})
	reflection.Register(server) // so that blooioctl can call it
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}
