using Portolan.Model;
using Portolan.Store.Segments;

namespace Portolan.Tests.Store.Segments;

/// <summary>Batches with every kind of column in every shape that an encoding is made for, from a seed.</summary>
sealed class RandomBatches
{
    readonly Random _random;
    long _sequence;

    public RandomBatches(int seed)
    {
        _random = new Random(seed);
        foreach (string name in Names) Catalogue.TryAdd(name, out _);
    }

    static readonly string[] Names = ["domain", "Policy Name", "url", "sessionid", "leer", "日本"];

    public PropertyCatalogue Catalogue { get; } = new();

    public EventBatch Batch(int rows, bool plain = false)
    {
        var batch = new EventBatch(1024) { Host = _random.Next(3), Epoch = 1 + _random.Next(2), Count = rows };
        var time = batch.Numbers(Fields.StartTime);
        long now = 1_795_190_400_000_000 + _random.Next(1_000_000);
        for (int i = 0; i < rows; i++)
        {
            if (_random.Next(3) > 0) _sequence += 1 + (_random.Next(500) == 0 ? 1000 : 0);
            batch.Sequence[i] = _sequence;
            batch.Index[i] = _random.Next(2);
            batch.Status[i] = (ParseStatus)(_random.Next(20) == 0 ? 3 : _random.Next(3));
            time[i] = now += _random.Next(3000) - (_random.Next(100) == 0 ? 2000 : 0);
            batch.Payload[i] = _random.Next(50) == 0 ? default : batch.Append(Payload(i));
        }
        if (!plain)
        {
            foreach (var field in Fields.All.Where(f => f.Origin == Origin.Stored)) Fill(batch, field, rows);
            Properties(batch, rows);
        }
        batch.Published = rows;
        return batch;
    }

    byte[] Payload(int row)
    {
        string word = _random.Next(4) switch { 0 => "sshd", 1 => "Übergröße", 2 => "KERNEL", _ => "a.b-c_d" };
        string text = $"<14>host{_random.Next(9)} {word}: user=u{_random.Next(200)} session {_random.NextInt64():x} row {row}";
        if (_random.Next(200) == 0) text += new string('x', _random.Next(3000)) + "\n" + "second line";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        if (_random.Next(100) == 0) _random.NextBytes(bytes);
        return bytes;
    }

    void Fill(EventBatch batch, Field field, int rows)
    {
        if (field == Fields.StartTime || field == Fields.ParseStatus || field.Kind == FieldKind.Bytes) return;
        int shape = _random.Next(9);
        if (shape == 0) return;
        switch (field.Kind)
        {
            case FieldKind.Text:
                var texts = batch.Texts(field);
                for (int i = 0; i < rows; i++)
                {
                    string? text = Text(shape, i);
                    texts[i] = text == null ? default : shape == 2 ? batch.Constant(text) : batch.Append(System.Text.Encoding.UTF8.GetBytes(text));
                }
                break;
            case FieldKind.Address:
                var addresses = batch.Addresses(field);
                for (int i = 0; i < rows; i++) addresses[i] = Address(shape);
                break;
            default:
                var numbers = batch.Numbers(field);
                for (int i = 0; i < rows; i++) numbers[i] = Number(field, shape, i, batch);
                break;
        }
    }

    string? Text(int shape, int row) => shape switch
    {
        1 => "",
        2 => $"constant {row % 3}",
        3 => _random.Next(2) == 0 ? null : $"user{_random.Next(40)}",
        4 => $"{_random.NextInt64():x16}",
        5 => row % 97 == 0 ? $"rare{_random.Next(5)}" : null,
        6 => _random.Next(10) == 0 ? "" : _random.Next(10) == 0 ? null : new string((char)('a' + _random.Next(26)), _random.Next(40)),
        7 => $"h{row % 50}",
        _ => _random.Next(1000) == 0 ? new string('é', 5000) : $"n{Math.Sqrt(_random.Next(1 << 20)):0}",
    };

    Address Address(int shape) => shape switch
    {
        1 => Model.Address.FromV4(0x0a000001),
        2 => Model.Address.FromV4(0x0a000000 + (uint)_random.Next(300)),
        3 => _random.Next(2) == 0 ? default : Model.Address.FromV4((uint)_random.NextInt64()),
        4 => new((UInt128)(ulong)_random.NextInt64() << 64 | (ulong)_random.NextInt64()),
        5 => _random.Next(40) == 0 ? new(UInt128.MaxValue - (UInt128)_random.Next(3)) : default,
        6 => new((UInt128)_random.Next(5)),
        _ => _random.Next(16) == 0 ? new(((UInt128)0x20010db8 << 96) + (UInt128)_random.Next(1000)) : Model.Address.FromV4((uint)_random.NextInt64()),
    };

    long Number(Field field, int shape, int row, EventBatch batch) => field.Kind == FieldKind.Flag ? _random.Next(shape) == 0 ? 1 : 0 : shape switch
    {
        1 => 7,
        2 => _random.Next(20),
        3 => _random.Next(2) == 0 ? 0 : _random.NextInt64(1 << 20),
        4 => _random.Next(4) switch { 0 => long.MinValue, 1 => long.MaxValue, 2 => 0, _ => -1 },
        5 => row % 61 == 0 ? _random.NextInt64() : 0,
        6 => batch.Numbers(Fields.StartTime)[row] / 1_000_000 * 1_000_000 - (_random.Next(2) == 0 ? 0 : 3_000_000),
        7 => row % 50 * 1_000_003,
        _ => _random.NextInt64() * (_random.Next(2) * 2 - 1),
    };

    void Properties(EventBatch batch, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            if (row % 3 == 0) Add("domain", "CORP");
            if (row % 3 == 0) Add("url", $"http://example.com/{_random.Next(1 << 30)}");
            if (_random.Next(100) == 0) Add("Policy Name", $"Rule {_random.Next(20)}");
            if (_random.Next(2) == 0) Add("sessionid", $"{_random.Next()}");
            if (row == 5) Add("日本", "");
            if (row % 7 == 0) Add("domain", "said twice or only now");
            if (row % 11 == 0 && Catalogue.TryFind("leer", out int empty)) batch.AddProperty(row, empty, default);

            void Add(string name, string value)
            {
                Catalogue.TryFind(name, out int id);
                batch.AddProperty(row, id, batch.Append(System.Text.Encoding.UTF8.GetBytes(value)));
            }
        }
    }

    public static readonly SegmentKey Key = new(Database.Events, 0, 0, new DateOnly(2026, 11, 20));

    public SegmentRows[] All(params EventBatch[] batches) => [.. batches.Select(b => new SegmentRows(b, 0, b.Count))];
}
