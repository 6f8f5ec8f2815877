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
    code, body, info = call("GET", "/api/siem/offenses/1", headers)
    check("ansible: an error is JSON, with the cookie it looks for", (404, 1002, True), (code, json.loads(body)["code"], (info.get("Set-Cookie") or "").startswith("SEC=")))
    check("ansible: a wrong token is told before a wrong path", 401, call("GET", "/api/siem/offenses/1", {"SEC": "wrong"})[0])
    check("ansible: logout, without /api", 204, call("POST", "/auth/logout", headers)[0])
    check("ansible: logged out", 401, call("GET", "/api/ariel/databases", headers)[0])


# Request shapes of further public clients, one a line: whose, method, path, headers beside the credentials, body, and what QRadar's reference (26.0)
# promises for it: the status, and what the body must hold. {id} is a search that has completed.
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
SHAPES = [
    # CanTopay/qradar-thehive-sync dumps None as its JSON body; FortiSOAR an empty object; go-qradar calls nothing text/plain.
    ("qradar-thehive-sync", "POST", "/api/ariel/searches?query_expression={aql}", {**JSON, "Version": "12.0"}, b"null", 201, '"search_id"'),
    ("FortiSOAR", "POST", "/api/ariel/searches?query_expression={aql}", {**JSON, "Version": "6.0"}, b"{}", 201, '"search_id"'),
    ("go-qradar", "POST", "/api/ariel/searches?query_expression={aql}", {"Content-Type": "text/plain", "Version": "12.0"}, b"", 201, '"cursor_id"'),
    ("qradar_mcp", "POST", "/api/ariel/searches?query_expression={aql}", {**JSON, "Version": "20.0"}, b"", 201, '"WAIT"|"EXECUTE"|"SORTING"|"COMPLETED"'),
    ("Cisco SecureX", "GET", "/api/ariel/databases/events?fields=columns+(name)&filter=object_value_type+%3D+%22Host%22", {"Version": "15.0"}, None, 200, '{"name":"sourceip"}'),
    ("Cisco SecureX", "GET", "/api/ariel/searches", {"Version": "15.0", "Range": "items=0-5"}, None, 200, "["),
    ("qpylib", "POST", "/api/ariel/searches/{id}?status=CANCELLED", {"Accept": "application/json"}, b"", 409, '"code":1008'),
    ("qpylib", "GET", "/api/ariel/searches/{id}/results", {"Accept": "application/json", "Range": "items=0-1", "Host": "127.0.0.1"}, None, 200, '{"events":['),
    ("Rapid7 InsightConnect", "GET", "/api/ariel/searches/{id}", {"Accept": "application/json", "Prefer": "wait=5"}, None, 200, '"COMPLETED"'),
    ("Rapid7 InsightConnect", "GET", "/api/system/about", {}, None, 200, '"release_name"'),
    ("pyQRadar", "GET", "/api/system/servers", {**JSON, "Version": "7.0"}, None, 200, '"hostname"'),
    ("an aql sample", "GET", "/api/ariel/searches/{id}/results", {"Accept": "application/josh", "Version": "20.0"}, None, 200, '{"events":['),
    ("qradar-client", "GET", "/api/help/endpoints?filter=version%3D22.0&fields=http_method%2C+path", {"Version": "22.0"}, None, 200, '{"http_method":"POST","path":"/ariel/searches"}'),
    ("IBM qradar-mcp-server", "GET", "/api/help/endpoints?filter=path%3D%27%2Fariel%2Fsearches%27+AND+http_method%3D%27POST%27", {"Version": "20.0", "Range": "items=0-0"}, None, 200, '"path":"/ariel/searches"'),
    ("IBM qradar-mcp-server", "GET", "/api/help/endpoints?filter=%28path+ILIKE+%27%25searches%25%27+OR+summary+ILIKE+%27%25searches%25%27%29", {"Range": "items=0-9"}, None, 200, '"parameters"'),
    ("qradar_mcp", "GET", "/api/ariel/functions?database=events", {}, None, 200, '"required_args"'),
    ("qradar4py", "GET", "/api/ariel/functions/QIDNAME?database=events", {"Version": "13.1"}, None, 200, '"args_types"'),
    ("qradar4py", "POST", "/api/ariel/validators/aql?query_expression={aql}", {"Version": "13.1"}, b"", 200, '"error_messages"'),
    ("goqradar", "GET", "/api/ariel/saved_searches", {"Range": "items=0-9"}, None, 200, "["),
    ("stahler/QRadar", "GET", "/api/ariel/searches/{id}/results", {}, None, 200, '"username"'),
    ("a shell script", "GET", "/api/ariel/searches/{id}/results", {"Accept": "application/csv", "Version": "16.0"}, None, 200, "sourceIP,username"),
    ("a shell script", "POST", "/api/ariel/searches/{id}", {"Accept": "application/json", "Version": "16.0"}, b"", 200, '"index_file_count"'),
    ("XSOAR", "GET", "/api/ariel/searches/{id}/results", {**JSON, "Range": "items=0-4"}, None, 200, '{"events":['),
    ("Splunk SOAR", "DELETE", "/api/ariel/searches/{id}", {"Accept": "application/json"}, None, 202, '"status"'),
]

# What clients SELECT when nobody says otherwise: each must be answered, though no source fills the half of it.
SELECTS = [
    # Cortex XSOAR, QRadar v2 and v3: the default columns of an event
    'SELECT QIDNAME(qid), LOGSOURCENAME(logsourceid), CATEGORYNAME(highlevelcategory), CATEGORYNAME(category), PROTOCOLNAME(protocolid), sourceip, QIDDESCRIPTION(qid), username, '
    'PROTOCOLNAME(protocolid), RULENAME("creEventList"), sourcegeographiclocation, sourceMAC, sourcev6, LOGSOURCETYPENAME(devicetype), eventDirection, postNatDestinationIP, '
    'preNatSourcePort, UTF8(payload), starttime, devicetime FROM events limit 5 START 1600000000000',
    # stix-shifter's, of an event and of a flow
    'SELECT rulename(creeventlist) as rulenames, DOMAINNAME(domainid) as qradardomain, endtime as endtime FROM events WHERE username = \'dave\' limit 10 last 5 minutes',
    'SELECT APPLICATIONNAME(applicationid) as applicationname, "md5 file hash" as md5hash, "file name" as filename, "dns domain name" as dnsdomainname FROM flows limit 10 last 5 minutes',
    # Splunk SOAR
    'SELECT qid, BytesReceived, BytesSent, "Installer Filename", HostName(logsourceid), LogSourceGroupName(logsourceid), \'Account Domain\' FROM events limit 5 last 5 minutes',
    'SELECT "Content Subject", "Google Search Terms", "Originating User", "Password", "Recipient Users", "Search Arguments" FROM flows limit 5 last 5 minutes',
    # Cisco SecureX, with Python's microseconds
    "SELECT starttime, endtime, LOGSOURCENAME(logsourceid) AS 'logsource_name', QIDDESCRIPTION(qid) AS 'event_descr' FROM events WHERE sourceip='192.0.2.1' OR sourcev6='192.0.2.1'  "
    "LIMIT 100 START '2026-11-14 22:16:03.123456' STOP '2036-11-21 22:16:03.123456'",
    # written from a Sigma rule (pySigma, QRadar AQL)
    'SELECT *, "Event ID" FROM events WHERE "Event ID"=4625 AND LOWER(username) LIKE \'dav%\'',
]


def shapes():
    headers = authorized(Accept="application/json")
    _, body, _ = call("POST", "/api/ariel/searches", headers, urlencode({"query_expression": QUERY}).encode())
    search = json.loads(body)["search_id"]
    check("shapes: completed", "COMPLETED", json.loads(call("GET", "/api/ariel/searches/" + search, {**headers, "Prefer": "wait=30"})[1])["status"])
    for whose, method, path, extra, data, status, holds in SHAPES:
        path = path.replace("{id}", search).replace("{aql}", quote(QUERY))
        code, body, _ = call(method, path, authorized(**extra), data)
        check("%s: %s %s" % (whose, method, path), (status, True), (code, any(part in body for part in holds.split("|"))))
        # What it began it must be able to read, as each of these does next.
        if code == 201:
            ended = call("GET", "/api/ariel/searches/" + json.loads(body)["search_id"], {**headers, "Prefer": "wait=30"})
            check("%s: it ends" % whose, (200, events), (ended[0], json.loads(ended[1])["record_count"]))
    for aql in SELECTS:
        code, body, _ = call("POST", "/api/ariel/searches", headers, urlencode({"query_expression": aql}).encode())
        check("answered: " + aql, 201, code)
        if code == 201:
            ended = json.loads(call("GET", "/api/ariel/searches/" + json.loads(body)["search_id"], {**headers, "Prefer": "wait=30"})[1])
            check("completed: " + aql, ("COMPLETED", None), (ended["status"], ended["error_messages"]))


person = {"name": "ann", "role": "analyst", "password": "correct horse battery"}
check("a user", 200, call("POST", "/api/portolan/users", authorized(**{"Content-Type": "application/json"}), json.dumps(person).encode())[0])
credentials = b"Basic " + base64.b64encode(b"ann:correct horse battery")
for client in (ibm_samples, stix_shifter, soar, xsoar, shapes, ansible):
    client()
    print("%s: %s" % (client.__name__, "as expected" if not failures else "differs"))
print("\n".join(failures))
sys.exit(1 if failures else 0)
