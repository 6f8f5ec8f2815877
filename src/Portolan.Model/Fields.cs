namespace Portolan.Model;

/// <summary>
/// The words: every field of events and flows. Names are QRadar's normalized names (as read from a 7.6.0 console's databases), then Portolan's own.
/// Columns, AQL, completion and the field reference derive from this table. An id is written into segments: add at the end, never renumber.
/// A field without a description is one that QRadar clients select and that a part not built yet will fill.
/// </summary>
public static class Fields
{
    public static readonly Field AdeKey = new(0, "adekey", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field AdeValue = new(1, "adevalue", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field Category = new(2, "category", FieldKind.Number, Database.Both, Origin.Stored,
        "Low-level category id; CATEGORYNAME gives its name.", []);
    public static readonly Field CollectorId = new(3, "collectorid", FieldKind.Number, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field Credibility = new(4, "credibility", FieldKind.Number, Database.Both, Origin.Stored,
        "0 to 10, of the log source.", []);
    public static readonly Field CreEventList = new(5, "creeventlist", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field DestinationAddress = new(6, "destinationaddress", FieldKind.Text, Database.Events, Origin.Derived,
        "Destination address as text.", []);
    public static readonly Field DestinationGeographicLocation = new(7, "destinationgeographiclocation", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field DestinationIp = new(8, "destinationip", FieldKind.Address, Database.Both, Origin.Stored,
        "Destination address, either family.", ["ecs:destination.ip", "ocsf:dst_endpoint.ip", "sigma:DestinationIp", "sigma:dst_ip"]);
    public static readonly Field DestinationMac = new(9, "destinationmac", FieldKind.Mac, Database.Events, Origin.Stored,
        "", ["ecs:destination.mac", "ocsf:dst_endpoint.mac"]);
    public static readonly Field DestinationPort = new(10, "destinationport", FieldKind.Number, Database.Both, Origin.Stored,
        "Destination port; 0 when absent.", ["ecs:destination.port", "ocsf:dst_endpoint.port", "sigma:DestinationPort"]);
    public static readonly Field DestinationV6 = new(11, "destinationv6", FieldKind.Address, Database.Both, Origin.Derived,
        "Destination address if it is IPv6.", []);
    public static readonly Field DeviceGroupList = new(12, "devicegrouplist", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field DeviceTime = new(13, "devicetime", FieldKind.Time, Database.Events, Origin.Stored,
        "The time the device wrote, in UTC after zone and year were worked out.", ["ecs:@timestamp", "ocsf:time"]);
    public static readonly Field DeviceType = new(14, "devicetype", FieldKind.Number, Database.Events, Origin.Stored,
        "Log source type id; LOGSOURCETYPENAME gives its name.", []);
    public static readonly Field DomainId = new(15, "domainid", FieldKind.Number, Database.Both, Origin.Stored,
        "Domain; 0 is the default.", []);
    public static readonly Field Duration = new(16, "duration", FieldKind.Number, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field EndTime = new(17, "endtime", FieldKind.Time, Database.Both, Origin.Stored,
        "When the event was stored: as starttime, which is less than a second before.", []);
    public static readonly Field EventCount = new(18, "eventcount", FieldKind.Number, Database.Events, Origin.Stored,
        "How many events this record stands for.", []);
    public static readonly Field EventDirection = new(19, "eventdirection", FieldKind.Text, Database.Events, Origin.Stored,
        "L2L, L2R, R2L or R2R by the network hierarchy.", []);
    public static readonly Field GeographicLocation = new(20, "geographiclocation", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field HasIdentity = new(21, "hasidentity", FieldKind.Flag, Database.Events, Origin.Stored,
        "The event carries identity.", []);
    public static readonly Field HasOffense = new(22, "hasoffense", FieldKind.Flag, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field HasTlv = new(23, "hastlv", FieldKind.Flag, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field HighLevelCategory = new(24, "highlevelcategory", FieldKind.Number, Database.Events, Origin.Stored,
        "High-level category id of the category.", []);
    public static readonly Field IdentityHostName = new(25, "identityhostname", FieldKind.Text, Database.Events, Origin.Stored,
        "Host name that the event itself ties to an address.", ["ecs:related.hosts"]);
    public static readonly Field IdentityIp = new(26, "identityip", FieldKind.Address, Database.Events, Origin.Stored,
        "Address that the event itself ties to a user or host.", ["ecs:host.ip"]);
    public static readonly Field IsCreEvent = new(27, "iscreevent", FieldKind.Flag, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field IsDuplicate = new(28, "isduplicate", FieldKind.Flag, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field IsLogOnly = new(29, "islogonly", FieldKind.Flag, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field IsTruncated = new(30, "istruncated", FieldKind.Flag, Database.Events, Origin.Stored,
        "The record was longer than the limit and was cut.", []);
    public static readonly Field IsUnparsed = new(31, "isunparsed", FieldKind.Flag, Database.Events, Origin.Stored,
        "No source type understood the event.", []);
    public static readonly Field LogSourceId = new(32, "logsourceid", FieldKind.Number, Database.Events, Origin.Stored,
        "Log source id; LOGSOURCENAME gives its name.", []);
    public static readonly Field LogSourceIdentifier = new(33, "logsourceidentifier", FieldKind.Text, Database.Events, Origin.Stored,
        "What identifies the log source: header host, or the sender's address.", []);
    public static readonly Field Magnitude = new(34, "magnitude", FieldKind.Number, Database.Events, Origin.Stored,
        "Weighted mean of relevance, severity and credibility.", []);
    public static readonly Field PartialMatchList = new(35, "partialmatchlist", FieldKind.Text, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field PartialOrMatchList = new(36, "partialormatchlist", FieldKind.Text, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field Payload = new(37, "payload", FieldKind.Bytes, Database.Events, Origin.Stored,
        "The raw bytes as received.", ["ecs:event.original", "ocsf:raw_data"]);
    public static readonly Field PcapPacket = new(38, "pcappacket", FieldKind.Bytes, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field PostNatDestinationIp = new(39, "postnatdestinationip", FieldKind.Address, Database.Events, Origin.Stored,
        "", ["ecs:destination.nat.ip"]);
    public static readonly Field PostNatDestinationPort = new(40, "postnatdestinationport", FieldKind.Number, Database.Events, Origin.Stored,
        "", ["ecs:destination.nat.port"]);
    public static readonly Field PostNatSourceIp = new(41, "postnatsourceip", FieldKind.Address, Database.Events, Origin.Stored,
        "", ["ecs:source.nat.ip"]);
    public static readonly Field PostNatSourcePort = new(42, "postnatsourceport", FieldKind.Number, Database.Events, Origin.Stored,
        "", ["ecs:source.nat.port"]);
    public static readonly Field PreNatDestinationIp = new(43, "prenatdestinationip", FieldKind.Address, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field PreNatDestinationPort = new(44, "prenatdestinationport", FieldKind.Number, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field PreNatSourceIp = new(45, "prenatsourceip", FieldKind.Address, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field PreNatSourcePort = new(46, "prenatsourceport", FieldKind.Number, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field ProcessorId = new(47, "processorid", FieldKind.Number, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field ProtocolConfigId = new(48, "protocolconfigid", FieldKind.Number, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field ProtocolId = new(49, "protocolid", FieldKind.Number, Database.Both, Origin.Stored,
        "IANA protocol number; 0 when absent.", ["ecs:network.iana_number", "ocsf:connection_info.protocol_num"]);
    public static readonly Field Qid = new(50, "qid", FieldKind.Number, Database.Both, Origin.Stored,
        "Event name id; QIDNAME gives its name.", []);
    public static readonly Field QidEventCategory = new(51, "qideventcategory", FieldKind.Text, Database.Events, Origin.Stored,
        "The device's own event category, key of the QID map.", []);
    public static readonly Field QidEventId = new(52, "qideventid", FieldKind.Text, Database.Events, Origin.Stored,
        "The device's own event id, key of the QID map.", ["ecs:event.code", "sigma:EventID"]);
    public static readonly Field Relevance = new(53, "relevance", FieldKind.Number, Database.Both, Origin.Stored,
        "0 to 10.", []);
    public static readonly Field Severity = new(54, "severity", FieldKind.Number, Database.Both, Origin.Stored,
        "0 to 10, from the event's QID record.", ["ecs:event.severity", "ocsf:severity_id"]);
    public static readonly Field SourceAddress = new(55, "sourceaddress", FieldKind.Text, Database.Events, Origin.Derived,
        "Source address as text.", []);
    public static readonly Field SourceGeographicLocation = new(56, "sourcegeographiclocation", FieldKind.Text, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field SourceIp = new(57, "sourceip", FieldKind.Address, Database.Both, Origin.Stored,
        "Source address, either family.", ["ecs:source.ip", "ocsf:src_endpoint.ip", "sigma:SourceIp", "sigma:src_ip"]);
    public static readonly Field SourceMac = new(58, "sourcemac", FieldKind.Mac, Database.Events, Origin.Stored,
        "", ["ecs:source.mac", "ocsf:src_endpoint.mac"]);
    public static readonly Field SourcePort = new(59, "sourceport", FieldKind.Number, Database.Both, Origin.Stored,
        "Source port; 0 when absent.", ["ecs:source.port", "ocsf:src_endpoint.port", "sigma:SourcePort"]);
    public static readonly Field SourceV6 = new(60, "sourcev6", FieldKind.Address, Database.Both, Origin.Derived,
        "Source address if it is IPv6.", []);
    public static readonly Field StartTime = new(61, "starttime", FieldKind.Time, Database.Both, Origin.Stored,
        "First receipt here; an imported record's own device time. The time clause filters on it.", ["ecs:event.ingested", "ocsf:metadata.logged_time"]);
    public static readonly Field StoredForPerformance = new(62, "storedforperformance", FieldKind.Flag, Database.Events, Origin.Stored,
        "", []);
    public static readonly Field Tlvs = new(63, "tlvs", FieldKind.Text, Database.Both, Origin.Stored,
        "", []);
    public static readonly Field UserName = new(64, "username", FieldKind.Text, Database.Events, Origin.Stored,
        "The account alone; its domain or realm is the property domain.", ["ecs:user.name", "ocsf:actor.user.name", "sigma:User"]);
    public static readonly Field ApplicationId = new(65, "applicationid", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field DestinationAsn = new(66, "destinationasn", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field DestinationBytes = new(67, "destinationbytes", FieldKind.Number, Database.Flows, Origin.Stored,
        "", ["ecs:destination.bytes", "ocsf:traffic.bytes_in"]);
    public static readonly Field DestinationDscp = new(68, "destinationdscp", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field DestinationFlags = new(69, "destinationflags", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field DestinationIfIndex = new(70, "destinationifindex", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field DestinationPackets = new(71, "destinationpackets", FieldKind.Number, Database.Flows, Origin.Stored,
        "", ["ecs:destination.packets"]);
    public static readonly Field DestinationPayload = new(72, "destinationpayload", FieldKind.Bytes, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field DestinationPrecedence = new(73, "destinationprecedence", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FirstPacketTime = new(74, "firstpackettime", FieldKind.Time, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowBias = new(75, "flowbias", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowDirection = new(76, "flowdirection", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowId = new(77, "flowid", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowInterface = new(78, "flowinterface", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowInterfaceId = new(79, "flowinterfaceid", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowSource = new(80, "flowsource", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FlowType = new(81, "flowtype", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field FullMatchList = new(82, "fullmatchlist", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field Geographic = new(83, "geographic", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field HasDestinationPayload = new(84, "hasdestinationpayload", FieldKind.Flag, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field HasSourcePayload = new(85, "hassourcepayload", FieldKind.Flag, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field IcmpCode = new(86, "icmpcode", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field IcmpType = new(87, "icmptype", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field IntervalId = new(88, "intervalid", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field LastPacketTime = new(89, "lastpackettime", FieldKind.Time, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field RetentionBucket = new(90, "retentionbucket", FieldKind.Number, Database.Both, Origin.Stored,
        "Retention bucket; 0 is the default, 11 is import.", []);
    public static readonly Field SourceAsn = new(91, "sourceasn", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field SourceBytes = new(92, "sourcebytes", FieldKind.Number, Database.Flows, Origin.Stored,
        "", ["ecs:source.bytes", "ocsf:traffic.bytes_out"]);
    public static readonly Field SourceDscp = new(93, "sourcedscp", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field SourceFlags = new(94, "sourceflags", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field SourceIfIndex = new(95, "sourceifindex", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field SourcePackets = new(96, "sourcepackets", FieldKind.Number, Database.Flows, Origin.Stored,
        "", ["ecs:source.packets"]);
    public static readonly Field SourcePayload = new(97, "sourcepayload", FieldKind.Bytes, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field SourcePrecedence = new(98, "sourceprecedence", FieldKind.Number, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field ViewObjectPair = new(99, "viewobjectpair", FieldKind.Text, Database.Flows, Origin.Stored,
        "", []);
    public static readonly Field SourceUser = new(100, "sourceuser", FieldKind.Text, Database.Both, Origin.Stored,
        "User at the source address at that moment, by mappings.", []);
    public static readonly Field DestinationUser = new(101, "destinationuser", FieldKind.Text, Database.Both, Origin.Stored,
        "User at the destination address at that moment, by mappings.", []);
    public static readonly Field SourceAssetId = new(102, "sourceassetid", FieldKind.Number, Database.Both, Origin.Stored,
        "Asset at the source address.", []);
    public static readonly Field DestinationAssetId = new(103, "destinationassetid", FieldKind.Number, Database.Both, Origin.Stored,
        "Asset at the destination address.", []);
    public static readonly Field SourceNetworkId = new(104, "sourcenetworkid", FieldKind.Number, Database.Both, Origin.Stored,
        "Network of the source address; NETWORKNAME gives its name.", []);
    public static readonly Field DestinationNetworkId = new(105, "destinationnetworkid", FieldKind.Number, Database.Both, Origin.Stored,
        "Network of the destination address.", []);
    public static readonly Field ContractVerdict = new(106, "contractverdict", FieldKind.Text, Database.Both, Origin.Stored,
        "permitted, not permitted or not declared, by the port contract.", []);
    public static readonly Field ContractId = new(107, "contractid", FieldKind.Text, Database.Both, Origin.Stored,
        "The contract row behind the verdict.", []);
    public static readonly Field EventId = new(108, "eventid", FieldKind.Text, Database.Both, Origin.Derived,
        "host-epoch-sequence-index, the event's permanent name.", []);
    public static readonly Field HostId = new(109, "hostid", FieldKind.Number, Database.Both, Origin.Stored,
        "The Portolan host that received the event.", []);
    public static readonly Field ParseStatus = new(110, "parsestatus", FieldKind.Text, Database.Both, Origin.Stored,
        "parsed, partial, unparsed or failed.", []);
    public static readonly Field SendingIp = new(111, "sendingip", FieldKind.Address, Database.Both, Origin.Stored,
        "Address of the sender that delivered the record.", []);
    public static readonly Field DeviceTimeOffset = new(112, "devicetimeoffset", FieldKind.Number, Database.Both, Origin.Stored,
        "Zone offset of the device time in minutes, as written or inferred.", []);
    public static readonly Field DeviceTimeConfidence = new(113, "devicetimeconfidence", FieldKind.Text, Database.Both, Origin.Stored,
        "exact, zone-inferred, year-inferred or none.", []);
    public static readonly Field Epoch = new(114, "epoch", FieldKind.Number, Database.Both, Origin.Stored,
        "Epoch of the host's journal.", []);
    public static readonly Field Sequence = new(115, "sequence", FieldKind.Number, Database.Both, Origin.Stored,
        "Journal sequence of the record.", []);
    public static readonly Field RecordIndex = new(116, "recordindex", FieldKind.Number, Database.Both, Origin.Stored,
        "Place of the event within its journal record.", []);
    public static readonly Field HostName = new(117, "hostname", FieldKind.Text, Database.Both, Origin.Stored,
        "Host name in the message's header.", ["ecs:host.name", "ocsf:device.hostname", "sigma:Computer"]);
    public static readonly Field Application = new(118, "application", FieldKind.Text, Database.Both, Origin.Stored,
        "Program or APP-NAME in the message's header.", ["ecs:process.name", "ocsf:metadata.product.name"]);
    public static readonly Field ProcessId = new(119, "processid", FieldKind.Text, Database.Both, Origin.Stored,
        "Process id in the message's header.", ["ecs:process.pid"]);
    public static readonly Field Login = new(120, "login", FieldKind.Text, Database.Events, Origin.Stored,
        "start, stop or failed: what the event says of who is at identityip, by its source type.", []);

    /// <summary>All fields; a field's place is its id.</summary>
    public static readonly IReadOnlyList<Field> All =
    [
        AdeKey, AdeValue, Category, CollectorId, Credibility,
        CreEventList, DestinationAddress, DestinationGeographicLocation, DestinationIp, DestinationMac,
        DestinationPort, DestinationV6, DeviceGroupList, DeviceTime, DeviceType,
        DomainId, Duration, EndTime, EventCount, EventDirection,
        GeographicLocation, HasIdentity, HasOffense, HasTlv, HighLevelCategory,
        IdentityHostName, IdentityIp, IsCreEvent, IsDuplicate, IsLogOnly,
        IsTruncated, IsUnparsed, LogSourceId, LogSourceIdentifier, Magnitude,
        PartialMatchList, PartialOrMatchList, Payload, PcapPacket, PostNatDestinationIp,
        PostNatDestinationPort, PostNatSourceIp, PostNatSourcePort, PreNatDestinationIp, PreNatDestinationPort,
        PreNatSourceIp, PreNatSourcePort, ProcessorId, ProtocolConfigId, ProtocolId,
        Qid, QidEventCategory, QidEventId, Relevance, Severity,
        SourceAddress, SourceGeographicLocation, SourceIp, SourceMac, SourcePort,
        SourceV6, StartTime, StoredForPerformance, Tlvs, UserName,
        ApplicationId, DestinationAsn, DestinationBytes, DestinationDscp, DestinationFlags,
        DestinationIfIndex, DestinationPackets, DestinationPayload, DestinationPrecedence, FirstPacketTime,
        FlowBias, FlowDirection, FlowId, FlowInterface, FlowInterfaceId,
        FlowSource, FlowType, FullMatchList, Geographic, HasDestinationPayload,
        HasSourcePayload, IcmpCode, IcmpType, IntervalId, LastPacketTime,
        RetentionBucket, SourceAsn, SourceBytes, SourceDscp, SourceFlags,
        SourceIfIndex, SourcePackets, SourcePayload, SourcePrecedence, ViewObjectPair,
        SourceUser, DestinationUser, SourceAssetId, DestinationAssetId, SourceNetworkId,
        DestinationNetworkId, ContractVerdict, ContractId, EventId, HostId,
        ParseStatus, SendingIp, DeviceTimeOffset, DeviceTimeConfidence, Epoch,
        Sequence, RecordIndex, HostName, Application, ProcessId,
        Login,
    ];

    /// <summary>How many fields there are: the length of an array indexed by field id.</summary>
    public const int Count = 121;

    static readonly Dictionary<string, Field> ByName = All.ToDictionary(f => f.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds a field by its name, in any case.</summary>
    public static bool TryFind(string name, out Field field) => ByName.TryGetValue(name, out field!);
}
