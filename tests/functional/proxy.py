"""proxy: stands before the PowerDNS API and counts requests by method, or answers
some of them itself as a broken server would."""
import http.client
import threading
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy:
    """`fault(method, path)` may return None (pass on), (status, headers, body) to
    answer itself, "reset-before" or "reset-after" to cut the connection before or
    after the request was passed on, or a number of seconds to delay it."""

    def __init__(self, url):
        self.target = urllib.parse.urlsplit(url)
        self.counts = Counter()
        self.requests = []
        self.fault = lambda method, path: None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def handle_any(self):
                proxy.handle(self)
            do_GET = do_PATCH = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}{self.target.path}"

    def forward(self, handler, body):
        conn = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=20)
        headers = {k: v for k, v in handler.headers.items() if k.lower() != "host"}
        conn.request(handler.command, handler.path, body, headers)
        reply = conn.getresponse()
        return reply.status, [(k, v) for k, v in reply.getheaders()
                              if k.lower() in ("content-type",)], reply.read()

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.counts[handler.command] += 1
        self.requests.append((handler.command, handler.path))
        answer = self.fault(handler.command, handler.path)
        if isinstance(answer, (int, float)):
            threading.Event().wait(answer)
            answer = None
        if answer == "reset-before":
            handler.connection.close()
            return
        if answer is None or answer == "reset-after":
            passed = self.forward(handler, body)
            if answer == "reset-after":
                handler.connection.close()
                return
            answer = passed
        status, headers, content = answer
        content = content if isinstance(content, bytes) else content.encode()
        try:
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)
        except OSError:
            pass  # the client gave up on a reply that is too large

    def writes(self):
        return sum(n for method, n in self.counts.items() if method not in ("GET", "HEAD"))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
