using Portolan.Identity.Mappings;
using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Identity;

/// <summary>
/// Learns from the logins in a batch who is at which address, and writes <c>sourceuser</c> and <c>destinationuser</c>: the user at that address at the
/// row's start time; of a login itself the field <c>login</c> says what it was. It never touches <c>username</c>, which is what the event itself says. Who was reported after the row, but before it is sealed, is had
/// late.
/// </summary>
public sealed class UserStage(UserMappings mappings) : IStage, ILateText
{
    readonly Dictionary<int, Slice> _inBatch = [];
    EventBatch? _batch;
    long _newest;

    public string Name => "users";

    public void Process(EventBatch batch, int from, int to)
    {
        // Slices of names written into this batch before; a batch that was emptied begins anew.
        if (!ReferenceEquals(batch, _batch) || from == 0) _inBatch.Clear();
        _batch = batch;
        long[] time = batch.Numbers(Fields.StartTime), domain = batch.Numbers(Fields.DomainId);
        for (int row = from; row < to; row++)
        {
            var login = batch.Login[row];
            if (login == LoginKind.None) continue;
            batch.Texts(Fields.Login)[row] = batch.Constant(Word(login));
            if (login != LoginKind.Failed) Learn(batch, row, (int)domain[row], time[row]);
        }
        if (mappings.Count > 0)
        {
            Stamp(batch, from, to, Fields.SourceIp, Fields.SourceUser);
            Stamp(batch, from, to, Fields.DestinationIp, Fields.DestinationUser);
        }
        foreach (long t in time.AsSpan(from, to - from)) _newest = Math.Max(_newest, t);
        mappings.Asked(_newest);
    }

    static string Word(LoginKind login) => login switch
    {
        LoginKind.Start => "start",
        LoginKind.Stop => "stop",
        _ => "failed",
    };

    IReadOnlyList<Field> ILateText.Fields { get; } = [Fields.SourceUser, Fields.DestinationUser];

    public long Learnt => mappings.Late;

    public bool TryFind(EventBatch batch, int row, Field field, out ReadOnlySpan<byte> utf8)
    {
        utf8 = default;
        var where = field == Fields.SourceUser ? Fields.SourceIp : Fields.DestinationIp;
        if (!batch.Has(where) || batch.Addresses(where)[row] is not { IsAbsent: false } address) return false;
        int domain = batch.Has(Fields.DomainId) ? (int)batch.Numbers(Fields.DomainId)[row] : 0;
        if (!mappings.TryNameAt(domain, address, batch.Numbers(Fields.StartTime)[row], out byte[] name)) return false;
        utf8 = name;
        return true;
    }

    void Learn(EventBatch batch, int row, int domain, long time)
    {
        var address = batch.Addresses(Fields.IdentityIp)[row];
        var user = batch.Texts(Fields.UserName)[row];
        if (address.IsAbsent || user.Length == 0) return;
        if (batch.Login[row] == LoginKind.Stop) mappings.Stop(domain, address, batch.Span(user), time);
        else mappings.Start(domain, address, batch.Span(user), batch.Span(batch.Texts(Fields.LogSourceIdentifier)[row]), time);
    }

    void Stamp(EventBatch batch, int from, int to, Field where, Field who)
    {
        if (!batch.Has(where)) return;
        var addresses = batch.Addresses(where);
        var known = batch.Has(who) ? batch.Texts(who) : null;
        long[] time = batch.Numbers(Fields.StartTime), domain = batch.Numbers(Fields.DomainId);
        for (int row = from; row < to; row++)
        {
            if (addresses[row].IsAbsent || known != null && !known[row].IsNull) continue;
            int id = mappings.UserAt((int)domain[row], addresses[row], time[row], out byte[] name);
            if (id < 0) continue;
            if (!_inBatch.TryGetValue(id, out var slice)) _inBatch[id] = slice = batch.Append(name);
            batch.Texts(who)[row] = slice;
        }
    }
}
