"""What public QRadar clients send to the Ariel API, and what they do with the answer: the headers, bodies and order of calls of IBM's api-samples,
stix-shifter's qradar module, Splunk SOAR's and Cortex XSOAR's connectors and Ansible's httpapi plugin, written anew with Python's own library.

usage: ariel_clients.py PORT CA EVENTS    admin's password is in PORTOLAN_PASSWORD; EVENTS is how many events name the user "dave" now
"""
import base64
import json
import os
import ssl
import sys
import time
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPSHandler, Request, build_opener

port, ca, events = sys.argv[1], sys.argv[2], int(sys.argv[3])
base = "https://localhost:%s" % port
context = ssl.create_default_context(cafile=ca)
opener = build_opener(HTTPSHandler(context=context))
credentials = b"Basic " + base64.b64encode(("admin:" + os.environ["PORTOLAN_PASSWORD"]).encode("ascii"))
failures = []


def check(what, expected, found):
    if expected != found:
        failures.append("%s: expected %r, found %r" % (what, expected, found))


def call(method, path, headers, data=None):
    request = Request(base + path, headers=headers, method=method)
    try:
        response = opener.open(request, data, timeout=60)
    except HTTPError as e:
        response = e
    body = response.read().decode("utf-8")
    return response.code, body, response.info()


def authorized(**headers):
    return dict({"Authorization": credentials}, **headers)


QUERY = "SELECT sourceIP, username, UTF8(payload) from events where username = 'dave' last 5 minutes"


def ibm_samples():
    headers = authorized(Accept="application/json", Version="6.0")
    # The samples join "/api/" and "/help/versions", and pass a parameter that nobody documents.
    code, body, info = call("GET", "/api//help/versions?categories=" + quote("['/help']"), headers)
    check("samples: verify config", 200, code)
    check("samples: 6.0 is deprecated", True, "Deprecated" in info)
    check("samples: databases", (200, ["events", "flows"]), (lambda r: (r[0], json.loads(r[1])))(call("GET", "/api/ariel/databases", headers)))

    code, body, _ = call("POST", "/api/ariel/searches", headers, urlencode({"query_expression": "SELECT foobar from events"}).encode())
    check("samples: faulty query", (422, 2000), (code, json.loads(body)["code"]))

    code, body, _ = call("POST", "/api/ariel/searches", headers, urlencode({"query_expression": QUERY}).encode())
    check("samples: create", 201, code)
    search = json.loads(body)
    while search["status"] in ("WAIT", "EXECUTE", "SORTING"):
        search = json.loads(call("GET", "/api/ariel/searches/" + search["search_id"], headers)[1])
    check("samples: status", "COMPLETED", search["status"])
    results = "/api/ariel/searches/%s/results" % search["search_id"]
    # A bytes key beside a str key: both headers Accept are sent, the second is meant.
    code, body, _ = call("GET", results, {**headers, b"Accept": "application/json", b"Range": "items=1-11"})
    check("samples: items 1 to 11", (200, min(11, events - 1)), (code, len(json.loads(body)["events"])))
    code, body, info = call("GET", results, {**headers, b"Accept": "application/csv"})
    check("samples: csv", (200, "sourceIP,username,utf8_payload", events + 1), (code, body.split("\r\n")[0], body.count("\r\n")))
    code, body, _ = call("POST", "/api/ariel/searches/" + search["search_id"], headers, urlencode({"save_results": {"saveResults": "true"}}).encode())
    check("samples: a Python dict is no flag", (422, 1005), (code, json.loads(body)["code"]))

    code, body, info = call("GET", "/api/ariel/databases", authorized(Accept="application/json", Version="4.0"))
    check("samples: deprecated header", (200, True), (code, "Deprecated" in info))
    code, body, _ = call("GET", "/api/referencedata/sets", authorized(Accept="application/json", Version="1.0"))
    check("samples: removed version", (422, True), (code, "has been removed" in body))

    params = "fields=version&filter=" + quote("version between 20.0 and 21.0 and deprecated = false")
    code, body, info = call("GET", "/api/help/versions?" + params, {**headers, "Range": "items=0-4"})
    total = info["Content-Range"].split("/")[1]
    check("samples: list", (200, [{"version": "21.0"}], "1"), (code, json.loads(body), total))


def stix_shifter():
    headers = {"version": "8.0", "accept": "application/json", "authorization": credentials.decode()}
    code, body, _ = call("GET", "/api/help/resources", headers)
    check("stix: ping", (200, True), (code, len(json.loads(body)) > 0))
    code, body, _ = call("POST", "/api/ariel/searches", headers, urlencode({"query_expression":
        "SELECT sourceaddress as sourceip, URL as url, username as username FROM events WHERE username = 'dave' limit 10000 last 5 minutes"}).encode())
    check("stix: create", 201, code)
    path = "/api/ariel/searches/" + json.loads(body)["search_id"]
    while True:
        code, body, _ = call("GET", path, headers)
        status = json.loads(body)
        check("stix: poll", (200, True, True), (code, status["status"] in ("WAIT", "EXECUTE", "SORTING", "COMPLETED", "CANCELED", "ERROR"), "progress" in status))
        if status["status"] not in ("WAIT", "EXECUTE", "SORTING"):
            break
        time.sleep(0.05)
    code, body, _ = call("GET", path + "/results", {**headers, "Range": "items=0-1"})
    check("stix: results", (200, [{"sourceip", "url", "username"}] * 2), (code, [set(row) for row in json.loads(body)["events"]]))
    check("stix: delete", 202, call("DELETE", path, headers)[0])
    code, body, _ = call("GET", path, headers)
    check("stix: gone", (404, 1002), (code, json.loads(body)["code"]))


def soar():
    # Everything in the query string, no Version, pages until one is not full.
    headers = authorized(Accept="application/json")
    code, body, info = call("POST", "/api/ariel/searches?" + urlencode({"query_expression": QUERY}), headers)
    check("soar: create, newest version", (201, False), (code, "Deprecated" in info))
    path = "/api/ariel/searches/" + json.loads(body)["search_id"]
    code, body, _ = call("GET", path, {**headers, "Prefer": "wait=30"})
    check("soar: completed", (200, "COMPLETED", 100), (code, json.loads(body)["status"], json.loads(body)["progress"]))
    fetched, start, size = 0, 0, 10
    while True:
        code, body, _ = call("GET", path + "/results", {**headers, "Range": "items=%d-%d" % (start, start + size - 1)})
        check("soar: a page has status 200", 200, code)
        page = json.loads(body)["events"]
        fetched, start = fetched + len(page), start + size
        if len(page) < size:
            break
    check("soar: all rows", events, fetched)
    code, body, _ = call("GET", path + "/results", {**headers, "Range": "items=100000-100999"})
    check("soar: an empty page", (200, '{"events":[]}'), (code, body))


def xsoar():
    headers = authorized(Accept="application/json", Version="12.0")
    headers["Content-Type"] = "application/json"
    check("xsoar: test module", 200, call("GET", "/api/ariel/databases", headers)[0])
    code, body, _ = call("GET", "/api/ariel/databases", {"Accept": "application/json", "Version": "12.0"})
    check("xsoar: nobody", (401, True, True), (code, "No SEC header present in request" in body, "unauthorized to access" in body))
    code, body, _ = call("POST", "/api/ariel/searches", headers, json.dumps({"query_expression": QUERY}).encode())
    check("xsoar: create by JSON", 201, code)
    _, refused, _ = call("POST", "/api/ariel/searches", headers, json.dumps({"query_expression": "SELECT foobar FROM events"}).encode())
    check("soar: the description is what people see", True, "foobar" in json.loads(refused)["description"])
    path = "/api/ariel/searches/" + json.loads(body)["search_id"]
    call("GET", path, {**headers, "Prefer": "wait=30"})
    code, body, _ = call("GET", path + "/results", {**headers, "Range": "0-49"})
    check("xsoar: bad range", (True, True), (400 <= code < 500, "items=x-y" in json.loads(body)["message"]))
    code, body, _ = call("GET", "/api/help/versions?sort=-id", {**headers, "Range": "items=0-0"})
    check("xsoar: sorted", (200, "29.0"), (code, json.loads(body)[0]["version"]))


def ansible():
    headers = authorized(**{"Content-Type": "application/json", "Version": "9.1"})
    # The plugin looks into the first cookie of every answer, without asking whether there is one.
    for round in ("by password", "by the cookie's value"):
        code, body, info = call("GET", "/api/ariel/databases", headers)
        cookie = info.get("Set-Cookie") or ""
        check("ansible: signed in " + round, (200, True), (code, cookie.startswith("SEC=")))
        headers.pop("Authorization", None)
        headers["SEC"] = cookie.split(";")[0].split("=")[-1]
    code, body, _ = call("GET", "/api/siem/offenses/1", headers)
    check("ansible: an error is JSON", (404, 1002), (code, json.loads(body)["code"]))
    check("ansible: logout, without /api", 204, call("POST", "/auth/logout", headers)[0])
    check("ansible: logged out", 401, call("GET", "/api/ariel/databases", headers)[0])


person = {"name": "ann", "role": "analyst", "password": "correct horse battery"}
check("a user", 200, call("POST", "/api/portolan/users", authorized(**{"Content-Type": "application/json"}), json.dumps(person).encode())[0])
credentials = b"Basic " + base64.b64encode(b"ann:correct horse battery")
for client in (ibm_samples, stix_shifter, soar, xsoar, ansible):
    client()
    print("%s: %s" % (client.__name__, "as expected" if not failures else "differs"))
print("\n".join(failures))
sys.exit(1 if failures else 0)
