using System.Buffers.Text;
using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Collect.Qid;
using Portolan.Model;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// Writes raw values of one row into columns and properties: value maps, transforms, the rules every type shares (an account without its
/// domain, protocols by name, '-' is nothing). What does not fit a field becomes nothing; it is still in the payload.
/// </summary>
sealed class RowWriter(PropertyCatalogue properties)
{
    /// <summary>Properties of one row hold at most so many bytes.</summary>
    public const int MostPropertyBytes = 64 * 1024;

    /// <summary>Stored properties a type may have.</summary>
    public const int MostPropertiesPerType = 512;

    readonly int[] _seen = new int[PropertyCatalogue.Most];
    readonly int _domain = properties.TryAdd("domain", out int domain) ? domain : -1;
    EventBatch _batch = new(64);
    int _row, _now, _propertyBytes;

    /// <summary>Told of every write, when someone wants an explanation.</summary>
    public Explanation? Explain { get; set; }

    /// <summary>Properties that found no room in their row.</summary>
    public long PropertiesLeftOut { get; private set; }

    public void Begin(EventBatch batch, int row)
    {
        (_batch, _row, _propertyBytes) = (batch, row, 0);
        _now++;
    }

    /// <summary>Does with a raw value what the actions say.</summary>
    public void Write(ValueAction[] actions, Slice value, BytesTable<bool>? absent)
    {
        if (IsAbsent(value, absent)) return;
        foreach (var action in actions) Write(action, value);
    }

    bool IsAbsent(Slice value, BytesTable<bool>? absent)
    {
        if (value.Length == 0) return true;
        var bytes = _batch.Span(value);
        return bytes.Length == 1 && bytes[0] == '-' || absent != null && absent.TryFind(bytes, out _);
    }

    public void Write(ValueAction action, Slice value)
    {
        if (action.Values != null)
        {
            if (action.Values.TryFind(_batch.Span(value), out string? mapped)) value = _batch.Constant(mapped);
            else if (action.Otherwise != null) value = _batch.Constant(action.Otherwise);
            if (value.Length == 0) return;
        }
        if (action.Transform != Transform.None && (!TryTransform(action.Transform, ref value) || IsAbsent(value, null))) return;
        if (Put(action, value)) Explain?.Wrote(action, _batch.Span(value));
    }

    /// <summary>A value whose key no map names, as the property of that name.</summary>
    public void Other(int property, Slice value)
    {
        if (IsAbsent(value, null)) return;
        Property(property, value);
        Explain?.Other(property, _batch.Span(value));
    }

    bool Put(ValueAction action, Slice value)
    {
        // The first value of a field stays.
        var bytes = _batch.Span(value);
        switch (action.Target)
        {
            case ValueTarget.Property:
                Property(action.Property, value);
                return true;
            case ValueTarget.Text:
                return PutText(action.Field!, value);
            case ValueTarget.UserName:
                return PutUser(action, value);
            case ValueTarget.Address:
                ref var cell = ref _batch.Addresses(action.Field!)[_row];
                if (!cell.IsAbsent || !TryAddress(bytes, out var address)) return false;
                cell = address;
                return true;
            case ValueTarget.Mac:
                return TryMac(bytes, out long mac) && PutNumber(action.Field!, mac);
            case ValueTarget.Protocol:
                return Protocols.TryParse(bytes, out int protocol) && PutNumber(action.Field!, protocol);
            case ValueTarget.Flag:
                return PutNumber(action.Field!, bytes.SequenceEqual("true"u8) || bytes.SequenceEqual("1"u8) || bytes.SequenceEqual("yes"u8)
                    ? 1 : 0);
            default:
                long most = action.Target switch { ValueTarget.Port => 65535, ValueTarget.Severity => 10, _ => long.MaxValue };
                return Utf8Parser.TryParse(bytes, out long number, out int used) && used > 0 && (used == bytes.Length || bytes[used] == '.')
                    && number >= 0 && number <= most && PutNumber(action.Field!, number);
        }
    }

    bool PutNumber(Field field, long number)
    {
        ref long cell = ref _batch.Numbers(field)[_row];
        if (cell != 0) return false;
        cell = number;
        return true;
    }

    bool PutText(Field field, Slice value)
    {
        ref var cell = ref _batch.Texts(field)[_row];
        if (!cell.IsNull) return false;
        cell = value;
        return true;
    }

    bool PutUser(ValueAction action, Slice value)
    {
        if (!_batch.Texts(action.Field!)[_row].IsNull) return false;
        if (action.Transform != Transform.Verbatim && SplitAccount(_batch.Span(value), out var account, out var domain))
        {
            if (domain.Length > 0 && _domain >= 0) Property(_domain, new(value.Start + domain.Start, domain.Length));
            value = new(value.Start + account.Start, account.Length);
        }
        return PutText(action.Field!, value);
    }

    /// <summary><c>DOMAIN\account</c> (the backslash perhaps doubled by escaping) and <c>account@realm</c>; places are relative to the
    /// text.</summary>
    static bool SplitAccount(ReadOnlySpan<byte> text, out Slice account, out Slice domain)
    {
        account = domain = default;
        int slash = text.IndexOf((byte)'\\');
        if (slash >= 0)
        {
            int after = slash + 1;
            while (after < text.Length && text[after] == '\\') after++;
            if (after == text.Length) return false;
            (domain, account) = (new(0, slash), new(after, text.Length - after));
            return true;
        }
        int at = text.LastIndexOf((byte)'@');
        if (at <= 0 || at == text.Length - 1) return false;
        (account, domain) = (new(0, at), new(at + 1, text.Length - at - 1));
        return true;
    }

    /// <summary>Adds a property unless the row has it already or its properties are full.</summary>
    public void Property(int id, Slice value)
    {
        if (id < 0 || _seen[id] == _now) return;
        if (_propertyBytes + value.Length > MostPropertyBytes)
        {
            PropertiesLeftOut++;
            return;
        }
        _seen[id] = _now;
        _propertyBytes += value.Length;
        _batch.AddProperty(_row, id, value);
    }

    /// <summary>Fixed values and copies, where the record itself filled nothing.</summary>
    public void Set(SetAction[] set, RawValues raw)
    {
        foreach (var s in set)
        {
            if (s.To.Field is { } field ? IsFilled(field) : s.To.Property < 0 || _seen[s.To.Property] == _now) continue;
            if (s.Slot >= 0)
            {
                var value = raw[s.Slot];
                if (!IsAbsent(value, null)) Write(s.To, value);
            }
            else if (s.From is { } from) Copy(s.To, from);
            else Write(s.To, _batch.Constant(s.Constant));
        }
    }

    public bool IsFilled(Field field) => field.Kind switch
    {
        FieldKind.Address => !_batch.Addresses(field)[_row].IsAbsent,
        FieldKind.Text => !_batch.Texts(field)[_row].IsNull,
        _ => _batch.Numbers(field)[_row] != 0,
    };

    void Copy(ValueAction to, Field from)
    {
        if (!IsFilled(from)) return;
        if (to.Field is { } field && field.Kind == from.Kind)
        {
            if (field.Kind == FieldKind.Address) _batch.Addresses(field)[_row] = _batch.Addresses(from)[_row];
            else if (field.Kind == FieldKind.Text) _batch.Texts(field)[_row] = _batch.Texts(from)[_row];
            else _batch.Numbers(field)[_row] = _batch.Numbers(from)[_row];
            Explain?.Copied(field, from);
        }
        else if (from.Kind == FieldKind.Text) Write(to, _batch.Texts(from)[_row]);
        else if (from.Kind == FieldKind.Address)
        {
            Span<byte> text = stackalloc byte[Address.MaxText];
            if (_batch.Addresses(from)[_row].TryFormat(text, out int n)) Write(to, _batch.Append(text[..n]));
        }
        else
        {
            Span<byte> text = stackalloc byte[20];
            if (Utf8Formatter.TryFormat(_batch.Numbers(from)[_row], text, out int n)) Write(to, _batch.Append(text[..n]));
        }
    }

    /// <summary>Source and destination change places.</summary>
    public void Swap()
    {
        SwapAddress(Fields.SourceIp, Fields.DestinationIp);
        SwapAddress(Fields.PreNatSourceIp, Fields.PreNatDestinationIp);
        SwapAddress(Fields.PostNatSourceIp, Fields.PostNatDestinationIp);
        SwapNumber(Fields.SourcePort, Fields.DestinationPort);
        SwapNumber(Fields.SourceMac, Fields.DestinationMac);
        SwapNumber(Fields.PreNatSourcePort, Fields.PreNatDestinationPort);
        SwapNumber(Fields.PostNatSourcePort, Fields.PostNatDestinationPort);
        Explain?.Swapped();
    }

    void SwapAddress(Field a, Field b)
    {
        if (!_batch.Has(a) && !_batch.Has(b)) return;
        (_batch.Addresses(a)[_row], _batch.Addresses(b)[_row]) = (_batch.Addresses(b)[_row], _batch.Addresses(a)[_row]);
    }

    void SwapNumber(Field a, Field b)
    {
        if (!_batch.Has(a) && !_batch.Has(b)) return;
        (_batch.Numbers(a)[_row], _batch.Numbers(b)[_row]) = (_batch.Numbers(b)[_row], _batch.Numbers(a)[_row]);
    }

    bool TryTransform(Transform transform, ref Slice value)
    {
        var bytes = _batch.Span(value);
        switch (transform)
        {
            case Transform.Lower when bytes.ContainsAnyInRange((byte)'A', (byte)'Z'):
                var lower = _batch.Append(bytes);
                Ascii.ToLowerInPlace(_batch.Bytes.AsSpan(lower.Start, lower.Length), out _);
                value = lower;
                break;
            case Transform.Upper when bytes.ContainsAnyInRange((byte)'a', (byte)'z'):
                var upper = _batch.Append(bytes);
                Ascii.ToUpperInPlace(_batch.Bytes.AsSpan(upper.Start, upper.Length), out _);
                value = upper;
                break;
            case Transform.Account when SplitAccount(bytes, out var account, out _):
                value = new(value.Start + account.Start, account.Length);
                break;
            case Transform.Host when !TryAddress(bytes, out _):
                // The host alone of a domain name.
                if (bytes.IndexOf((byte)'.') is > 0 and var dot) value = value with { Length = dot };
                break;
            case Transform.Hex:
                var digits = bytes.StartsWith("0x"u8) || bytes.StartsWith("0X"u8) ? bytes[2..] : bytes;
                if (!Utf8Parser.TryParse(digits, out ulong number, out int used, 'x') || used != digits.Length) return false;
                Span<byte> text = stackalloc byte[20];
                Utf8Formatter.TryFormat(number, text, out int n);
                value = _batch.Append(text[..n]);
                break;
            case Transform.First:
                if (bytes.IndexOfAny((byte)' ', (byte)',') is >= 0 and var end) value = value with { Length = end };
                break;
            case Transform.Trim:
                int start = 0, stop = bytes.Length;
                while (start < stop && IsWrapping(bytes[start])) start++;
                while (stop > start && (IsWrapping(bytes[stop - 1]) || bytes[stop - 1] is (byte)'.' or (byte)',' or (byte)':')) stop--;
                value = new(value.Start + start, stop - start);
                break;
        }
        return value.Length > 0;
    }

    static bool IsWrapping(byte b) =>
        b is (byte)' ' or (byte)'\t' or (byte)'"' or (byte)'\'' or (byte)'[' or (byte)']' or (byte)'(' or (byte)')'
        or (byte)'<' or (byte)'>' or (byte)'{' or (byte)'}';

    /// <summary>An address of either family, perhaps in brackets, perhaps with a zone.</summary>
    static bool TryAddress(ReadOnlySpan<byte> text, out Address address)
    {
        if (text.Length > 2 && text[0] == '[' && text[^1] == ']') text = text[1..^1];
        if (text.IndexOf((byte)'%') is > 0 and var zone) text = text[..zone];
        return Address.TryParse(text, out address);
    }

    /// <summary>Twelve hexadecimal digits with colons, dashes or dots between pairs or fours, or nothing.</summary>
    static bool TryMac(ReadOnlySpan<byte> text, out long mac)
    {
        mac = 0;
        if (text.Length is < 12 or > 17) return false;
        int digits = 0;
        foreach (byte b in text)
        {
            if (Uri.IsHexDigit((char)b))
            {
                mac = mac << 4 | (uint)(b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10);
                digits++;
            }
            else if (b is not ((byte)':' or (byte)'-' or (byte)'.') || digits % 2 != 0) return false;
        }
        return digits == 12;
    }
}
