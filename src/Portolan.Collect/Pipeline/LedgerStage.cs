using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// Counts rows per log source into the ledger: received, stored, and how far each was understood; and per entrance the records they came in. It runs last,
/// on rows that go into the store whatever becomes of them, and its counts are saved with the journal position: a replay counts nothing twice.
/// </summary>
/// <param name="activity">Counts the same rows by time.</param>
public sealed class LedgerStage(Ledger ledger, SourceActivity? activity = null) : IStage, ICheckpoint
{
    const int Version = 2;
    Cells?[] _cells = new Cells?[1024]; // by log source id: they are small numbers without gaps
    readonly Dictionary<int, Ledger.Counter> _entrances = [];

    sealed record Cells(Ledger.Counter Received, Ledger.Counter Stored, Ledger.Counter[] ByStatus);

    public string Name => "ledger";

    public void Process(EventBatch batch, int from, int to)
    {
        long[] source = batch.Numbers(Fields.LogSourceId);
        long last = -1;
        int listener = -1;
        Cells? cells = null;
        Ledger.Counter? entrance = null;
        for (int row = from; row < to; row++)
        {
            if (source[row] != last || cells == null) cells = Of(last = source[row], batch, row);
            cells.Received.Value++;
            cells.Stored.Value++;
            cells.ByStatus[(int)batch.Status[row]].Value++;
            if (batch.Index[row] != 0) continue; // one more event of the same record
            if (batch.Listener[row] != listener || entrance == null) entrance = Entrance(listener = batch.Listener[row]);
            entrance.Value++;
        }
        activity?.Count(batch, from, to);
    }

    Ledger.Counter Entrance(int listener) => _entrances.TryGetValue(listener, out var cell) ? cell
        : _entrances[listener] = ledger.Cell(Endpoints.Entrance(listener), LedgerReasons.Stored, LedgerPart.Entrance);

    Cells Of(long source, EventBatch batch, int row)
    {
        if (source < _cells.Length && _cells[source] is { } cells) return cells;
        if (source >= _cells.Length) Array.Resize(ref _cells, (int)source * 2);
        var identifier = batch.Texts(Fields.LogSourceIdentifier)[row];
        string name = identifier.IsNull ? NoSource : Encoding.UTF8.GetString(batch.Span(identifier));
        return _cells[source] = new(ledger.Cell(name, LedgerReasons.Received), ledger.Cell(name, LedgerReasons.Stored),
            [.. Enum.GetValues<ParseStatus>().Select(s => ledger.Cell(name, Encoding.ASCII.GetString(s.Utf8())))]);
    }

    const string NoSource = "(no log source)";

    public string CheckpointName => "ledger";

    public void Save(Stream to)
    {
        using var w = new CheckpointWriter(to);
        // A cell may be made while they are written: the rows are counted before.
        var rows = ledger.Rows().Where(r => r.Part is LedgerPart.Source or LedgerPart.Entrance).ToList();
        w.Write(Version);
        w.Write(rows.Count);
        foreach (var r in rows)
        {
            w.Write((int)r.Part);
            w.Write(r.Source);
            w.Write(r.Reason);
            w.Write(r.Count);
        }
    }

    public void Load(Stream from)
    {
        using var r = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
        if (r.ReadInt32() != Version) return;
        for (int n = r.ReadInt32(); n > 0; n--)
        {
            var part = (LedgerPart)r.ReadInt32();
            ledger.Count(r.ReadString(), r.ReadString(), r.ReadInt64(), part);
        }
    }
}
