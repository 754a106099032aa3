package main

import (
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	pb "blooio/v4"
)

// What goes to Blooio: POST /chats/{chatId}/messages.
type sendBody struct {
	Content contentBody `json:"content"`
	DryRun  *bool       `json:"dry_run,omitempty"`
}

type contentBody struct {
	Type        string           `json:"type"`
	Text        string           `json:"text"`
	ReplyTo     *string          `json:"reply_to,omitempty"`
	Effect      *string          `json:"effect,omitempty"`
	LinkPreview *linkPreviewBody `json:"link_preview,omitempty"`
}

type linkPreviewBody struct {
	ImageURL *string `json:"imageUrl,omitempty"`
	Title    *string `json:"title,omitempty"`
}

func newSendBody(request *pb.SendChatMessageRequest, text *pb.TextContent) *sendBody {
	body := &sendBody{
		Content: contentBody{Type: "text", Text: text.Text, ReplyTo: text.ReplyTo, Effect: text.Effect},
		DryRun:  request.DryRun,
	}
	if preview := text.LinkPreview; preview != nil {
		body.Content.LinkPreview = &linkPreviewBody{ImageURL: preview.ImageUrl, Title: preview.Title}
	}
	return body
}

// What comes back.
type sendReply struct {
	ID          *string                `json:"id"`
	ChatID      *string                `json:"chat_id"`
	ChannelID   *string                `json:"channel_id"`
	ChannelType *string                `json:"channel_type"`
	Protocol    *string                `json:"protocol"`
	Direction   *string                `json:"direction"`
	Type        *string                `json:"type"`
	Status      *string                `json:"status"`
	Error       map[string]interface{} `json:"error"`
	Fallback    *fallbackReply         `json:"fallback"`
	To          *string                `json:"to"`
	DryRun      *bool                  `json:"dry_run"`
	WouldSend   *bool                  `json:"would_send"`
	Preview     map[string]interface{} `json:"preview"`
}

type fallbackReply struct {
	Recommended *bool   `json:"recommended"`
	Reason      *string `json:"reason"`
}

func (r *sendReply) message() (*pb.MessageSendResult, error) {
	message := &pb.MessageSendResult{
		Id:        r.ID,
		ChatId:    r.ChatID,
		ChannelId: r.ChannelID,
		Protocol:  r.Protocol,
		Type:      r.Type,
		Status:    r.Status,
		To:        r.To,
		DryRun:    r.DryRun,
		WouldSend: r.WouldSend,
	}
	// A name that the proto does not know becomes the value 0, UNSPECIFIED.
	if r.ChannelType != nil {
		name := "CHANNEL_TYPE_" + strings.ToUpper(*r.ChannelType)
		message.ChannelType = pb.ChannelType(pb.ChannelType_value[name]).Enum()
	}
	if r.Direction != nil {
		name := "DIRECTION_" + strings.ToUpper(*r.Direction)
		message.Direction = pb.Direction(pb.Direction_value[name]).Enum()
	}
	if r.Fallback != nil {
		message.Fallback = &pb.Fallback{Recommended: r.Fallback.Recommended, Reason: r.Fallback.Reason}
	}
	var err error
	if message.Error, err = newStruct(r.Error); err != nil {
		return nil, err
	}
	if message.Preview, err = newStruct(r.Preview); err != nil {
		return nil, err
	}
	return message, nil
}

func newStruct(members map[string]interface{}) (*structpb.Struct, error) {
	if members == nil {
		return nil, nil
	}
	return structpb.NewStruct(members)
}
