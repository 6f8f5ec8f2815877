namespace Portolan.Store.Aql.Executor;

/// <summary>
/// When a search shows what it has so far: first after a while, then ever more seldom, and never so often that more than a tenth of the searching thread's
/// time goes there.
/// </summary>
sealed class Previews(TimeSpan after, TimeProvider clock, SearchStatistics statistics)
{
    /// <summary>Of texts and bytes in one preview; rows beyond are left out.</summary>
    public const long MostBytes = 4 << 20;

    Action<SearchPreview>? _to;
    long _began, _due = long.MaxValue;

    /// <summary>The search begins. Nothing is shown where nobody looks.</summary>
    public void Begin(Action<SearchPreview>? to)
    {
        _to = to;
        _began = clock.GetTimestamp();
        if (to != null) _due = _began + (long)(after.TotalSeconds * clock.TimestampFrequency);
    }

    public bool Due => clock.GetTimestamp() is var now && now >= _due;

    /// <param name="make">The rows and how many there are in all; null when there is no room to make them.</param>
    public void Show(Func<(IReadOnlyList<object?[]> Rows, long Count)?> make)
    {
        long began = clock.GetTimestamp();
        if (make() is { } made)
            _to!(new(made.Rows, made.Count, statistics.Blocks == 0 ? 0 : (int)Math.Min(99, 100L * statistics.BlocksDone / statistics.Blocks)));
        long now = clock.GetTimestamp();
        _due = now + Math.Max((now - _began) / 2, (now - began) * 9);
    }

    /// <summary>About how much of memory a row's texts and bytes take.</summary>
    public static long Bytes(object?[] row)
    {
        long bytes = 0;
        foreach (object? cell in row) bytes += cell switch { string text => 2 * text.Length, byte[] raw => raw.Length, _ => 0 };
        return bytes;
    }
}
