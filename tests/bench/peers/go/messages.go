package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "blooio/v4"
)

// messages serves blooio.v4.MessagesService.
type messages struct {
	pb.UnimplementedMessagesServiceServer
	client *client
}

// SendChatMessage passes a text on to Blooio, and its answer back.
func (m *messages) SendChatMessage(ctx context.Context, request *pb.SendChatMessageRequest) (*pb.SendChatMessageResponse, error) {
	text := request.GetContent().GetText()
	if request.ChatId == "" || text == nil {
		return nil, status.Error(codes.InvalidArgument, "chat_id and content.text are required")
	}
	body, err := json.Marshal(newSendBody(request, text))
	if err != nil {
		return nil, status.Errorf(codes.Internal, "cannot write the request: %v", err)
	}
	path := "/chats/" + url.PathEscape(request.ChatId) + "/messages"
	code, answer, err := m.client.post(ctx, path, upstreamKey(request.GetIdempotencyKey()), body)
	if err != nil && ctx.Err() != nil {
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	if err != nil {
		return nil, status.Errorf(codes.Unavailable, "the upstream could not be asked: %v", err)
	}
	if code < 200 || code > 299 {
		return nil, status.Errorf(grpcCode(code), "the upstream answered %d", code)
	}
	var reply sendReply
	if err := json.Unmarshal(answer, &reply); err != nil {
		return nil, status.Errorf(codes.Unknown, "the upstream's reply cannot be read: %v", err)
	}
	message, err := reply.message()
	if err != nil {
		return nil, status.Errorf(codes.Unknown, "the upstream's reply cannot be passed on: %v", err)
	}
	return &pb.SendChatMessageResponse{Message: message}, nil
}

// upstreamKey derives what travels upstream from a caller's key; none from none.
func upstreamKey(key string) string {
	if key == "" {
		return ""
	}
	digest := sha256.Sum256([]byte(key))
	return hex.EncodeToString(digest[:16])
}

func grpcCode(httpStatus int) codes.Code {
	switch httpStatus {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return codes.InvalidArgument
	case http.StatusPaymentRequired, http.StatusForbidden, http.StatusConflict:
		return codes.FailedPrecondition
	case http.StatusNotFound, http.StatusGone:
		return codes.NotFound
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return codes.Unavailable
	default:
		return codes.Internal
	}
}
