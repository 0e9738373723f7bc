package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"gopkg.in/natefinch/lumberjack.v2"

	"juwu/internal/outbound"
	"juwu/internal/store"
)

// Config is everything that can be set, by environment (JUWU_…) or by a flag
// of the same name (--addr for JUWU_ADDR), which wins. The zero value of every
// field works. These comments are the manual; `juwu --help` prints the texts
// of settings.
type Config struct {
	Addr           string
	MetricsAddr    string
	Data           string
	DB             string
	BaseURL        string
	Key            string
	TrustedProxies string
	LogFile        string
	SMSURL         string
	SMSKey         string
	SMSSign        string
	MPURL          string
	MPAppID        string
	MPSecret       string
	MPTemplate     string
	HandoverHosts  string
	ICP            string
	Police         string
	PoliceCode     string
}

type setting struct {
	field   *string
	name    string // of the flag; the variable is JUWU_ + upper case with _
	initial string
	help    string
}

func (c *Config) settings() []setting {
	return []setting{
		{&c.Addr, "addr", "127.0.0.1:8080", "address to serve on"},
		{&c.MetricsAddr, "metrics-addr", "", "second address for Prometheus metrics, such as 127.0.0.1:9090; none by default"},
		{&c.Data, "data", "./data", "folder for the SQLite database, files, the key file and the log"},
		{&c.DB, "db", "", "mysql://user:password@host:port/name (or user@unix(/path)/name); SQLite in the data folder by default"},
		{&c.BaseURL, "base-url", "", "address people use, such as https://juwu.example.cn; by default http:// and the address served on"},
		{&c.Key, "key", "", "VERSION:BASE64 of 32 random bytes, several joined by commas; by default kept in the data folder"},
		{&c.TrustedProxies, "trusted-proxies", "", "addresses or ranges of reverse proxies whose X-Forwarded-For is believed, joined by commas"},
		{&c.LogFile, "log-file", "", "log file, rotated and kept 200 days; standard error by default"},
		{&c.SMSURL, "sms-url", "", "https address of the SMS gateway; without it codes are printed on the console, on loopback only"},
		{&c.SMSKey, "sms-key", "", "key for the SMS gateway"},
		{&c.SMSSign, "sms-sign", "居务通", "signature of text messages"}, //words:allow a name, the default of a setting
		{&c.MPURL, "mp-url", "https://api.weixin.qq.com", "WeChat official account interface"},
		{&c.MPAppID, "mp-app-id", "", "app id of the WeChat official account; without it that channel is off"},
		{&c.MPSecret, "mp-secret", "", "secret of the WeChat official account"},
		{&c.MPTemplate, "mp-template", "", "id of the template, with the field thing1, that notices are sent with"},
		{&c.HandoverHosts, "handover-hosts", "", "hosts or ranges of the own network that cases may be handed over to, such as 12345.city.local or 10.3.0.0/16, joined by commas; public hosts need no line"},
		{&c.ICP, "icp", "", "ICP filing number for the footer"},
		{&c.Police, "police", "", "public security filing number for the footer"},
		{&c.PoliceCode, "police-code", "", "code in the public security filing's link"},
	}
}

// flags reads the environment and prepares the flags of a command.
func (c *Config) flags(command string, out io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("juwu "+command, flag.ContinueOnError)
	fs.SetOutput(out)
	for _, s := range c.settings() {
		value := s.initial
		if v, ok := os.LookupEnv("JUWU_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))); ok {
			value = v
		}
		fs.StringVar(s.field, s.name, value, s.help)
	}
	return fs
}

// Validate reports every mistake at once.
func (c *Config) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		wrong("--addr %q: want HOST:PORT", c.Addr)
	}
	if c.BaseURL == "" {
		c.BaseURL = "http://" + c.Addr
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		wrong("--base-url %q: want https://HOST", c.BaseURL)
	} else if u.Scheme == "http" && !loopback(u.Host) {
		wrong("--base-url %q: only loopback may go without https", c.BaseURL)
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.SMSURL == "" && !loopback(c.Addr) {
		wrong("--sms-url is not set: codes on the console are for loopback addresses only, not for %s", c.Addr)
	}
	if c.SMSURL != "" && !strings.HasPrefix(c.SMSURL, "https://") && !loopbackURL(c.SMSURL) {
		wrong("--sms-url %q: want https://", c.SMSURL)
	}
	if _, err := outbound.ParseInside(c.HandoverHosts); err != nil {
		wrong("--handover-hosts: %v", err)
	}
	if c.Key != "" {
		if _, err := store.ParseKeys(c.Key); err != nil {
			errs = append(errs, err)
		}
	} else if c.DB != "" {
		wrong("--key is not set: several processes on one database must share a key; make one with `juwu key`")
	}
	return errors.Join(errs...)
}

func loopbackURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && loopback(u.Host)
}

// loopback tells whether an address HOST:PORT can be reached from this machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *Config) keys() (*store.Keys, error) {
	if c.Key != "" {
		return store.ParseKeys(c.Key)
	}
	return store.LoadOrMakeKeys(c.Data)
}

// log writes JSON lines. The law asks to keep network logs for six months
// (网络安全法 art. 23); 200 days leave a margin.
func (c *Config) log(stderr io.Writer) *slog.Logger {
	if c.LogFile == "" {
		return slog.New(slog.NewJSONHandler(stderr, nil))
	}
	return slog.New(slog.NewJSONHandler(&lumberjack.Logger{Filename: c.LogFile, MaxSize: 100, MaxAge: 200, Compress: true}, nil))
}
