package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofiber/fiber/v2"
)

// The comparison is a Fiber that does nothing but send the same bytes. It runs
// as a process of its own, so that its processor time can be told apart.

// keepBytes leaves an answer where bare finds it.
func keepBytes(dir string, body, encoding, contentType []byte) error {
	for name, text := range map[string][]byte{"body": body, "encoding": encoding, "type": contentType} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// bare serves what keepBytes left. It takes the flags that the harness gives
// every server.
func bare(args []string) error {
	flags := flag.NewFlagSet("bare", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:0", "where to listen")
	dir := flags.String("data", ".", "what keepBytes left")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var parts [3][]byte
	for i, name := range []string{"body", "encoding", "type"} {
		text, err := os.ReadFile(filepath.Join(*dir, name))
		if err != nil {
			return err
		}
		parts[i] = text
	}
	body, encoding, contentType := parts[0], string(parts[1]), string(parts[2])
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/*", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, contentType)
		if encoding != "" {
			c.Set(fiber.HeaderContentEncoding, encoding)
		}
		return c.Send(body)
	})
	if err := app.Listen(*addr); err != nil {
		return fmt.Errorf("bare: %w", err)
	}
	return nil
}
