namespace Portolan.Sim.Office;

/// <summary>
/// The office's lines of any stretch of time: what the <see cref="Story"/> says and the everyday between, at a rate that follows the day. A second's lines follow
/// from seed and second alone, so that history and what is live fit together wherever the cut is.
/// </summary>
sealed class Timeline
{
    readonly int _seed;
    readonly double _rate;
    readonly DateTime _now;
    readonly TimeSpan _zone;
    readonly Story _story;
    readonly (int Weight, Action<Everyday> Write)[] _kinds;
    readonly int _weights;

    /// <param name="rate">Lines a second when the office is busiest.</param>
    /// <param name="zone">How far the office's day is ahead of UTC.</param>
    public Timeline(int seed, DateTime now, double hours, double rate, TimeSpan zone)
    {
        (_seed, _now, _rate, _zone) = (seed, now, rate, zone);
        _story = new(now, hours);
        _kinds = Everyday.Kinds;
        _weights = _kinds.Sum(k => k.Weight);
    }

    // Share of the busiest rate at each full hour.
    static readonly double[] Hours =
        [0.14, 0.12, 0.12, 0.12, 0.13, 0.15, 0.22, 0.42, 0.78, 0.98, 1.0, 0.96, 0.72, 0.84, 0.95, 0.92, 0.84, 0.58, 0.36, 0.27, 0.22, 0.2, 0.18, 0.16];

    /// <summary>Share of the busiest rate at a time of the office's day.</summary>
    public static double Rhythm(DateTime local)
    {
        double part = local.Minute / 60.0 + local.Second / 3600.0;
        return Hours[local.Hour] * (1 - part) + Hours[(local.Hour + 1) % 24] * part;
    }

    /// <summary>The lines from one time up to before another, in the order of their times.</summary>
    public IEnumerable<(DateTime At, string Text)> Between(DateTime from, DateTime to)
    {
        int next = 0;
        while (next < _story.Lines.Count && _story.Lines[next].At < from) next++;
        var lines = new List<(DateTime At, string Text)>();
        for (var second = new DateTime(from.Ticks - from.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc); second < to; second = second.AddSeconds(1))
        {
            lines.Clear();
            for (; next < _story.Lines.Count && _story.Lines[next].At < second.AddSeconds(1); next++) lines.Add(_story.Lines[next]);
            Fill(second, lines);
            // A stable order: what is said at the same moment stays in the order it was said in.
            foreach (var line in lines.OrderBy(l => l.At))
                if (line.At >= from && line.At < to) yield return line;
        }
    }

    void Fill(DateTime second, List<(DateTime, string)> lines)
    {
        long number = second.Ticks / TimeSpan.TicksPerSecond;
        var random = new Random(unchecked((int)((number * 1_000_003 + _seed) * 2_654_435_761L >> 16)));
        // Minutes are not alike either: a slow wave over the rhythm, and chance.
        double wave = 1 + 0.12 * Math.Sin(number / 240.0) + 0.06 * Math.Sin(number / 47.0);
        double due = _rate * Rhythm(second + _zone) * wave * (0.75 + 0.5 * random.NextDouble());
        int count = (int)due + (random.NextDouble() < due % 1 ? 1 : 0);
        int[] at = new int[count];
        for (int i = 0; i < count; i++) at[i] = random.Next(1000);
        Array.Sort(at);
        foreach (int ms in at)
        {
            var everyday = new Everyday(random, second.AddMilliseconds(ms), _now, lines);
            int pick = random.Next(_weights);
            foreach (var (weight, write) in _kinds)
            {
                if ((pick -= weight) >= 0) continue;
                write(everyday);
                break;
            }
        }
    }
}
