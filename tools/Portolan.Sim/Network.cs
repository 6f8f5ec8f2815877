using System.Globalization;

namespace Portolan.Sim;

/// <summary>
/// The simulated office: users, hosts and addresses that belong together, drawn with a skew so that few are busy and many are seen rarely. Everything
/// follows from the seed.
/// </summary>
sealed class Network
{
    static readonly string[] FirstNames = ["alice", "bruno", "chen", "daria", "emil", "fatima", "george", "hana", "ivan", "julia", "karl", "lena", "mehdi", "nora", "olga", "pavel"];

    readonly Random _random;
    readonly double _scale;

    /// <param name="scale">1 is the certification profile's size: 50,000 log sources, 250,000 addresses each way, 300,000 users.</param>
    public Network(int seed, double scale)
    {
        (_random, _scale) = (new(seed), scale);
    }

    public int Below(int n) => _random.Next(n);
    public bool Chance(int percent) => _random.Next(100) < percent;
    public T Pick<T>(params T[] of) => of[_random.Next(of.Length)];
    public long Hex32() => _random.NextInt64(1L << 32);

    // The square of a uniform number favours the low ones.
    int Skewed(int n)
    {
        double u = _random.NextDouble();
        return (int)(u * u * n);
    }

    int Scaled(int n) => Math.Max(4, (int)(n * _scale));

    public int Port() => 1024 + _random.Next(64_000);
    public int ServicePort() => Pick(22, 25, 53, 80, 123, 389, 443, 443, 443, 445, 993, 3306, 3389, 5432, 8080, 8443);

    public string User()
    {
        int n = Skewed(Scaled(300_000));
        return $"{FirstNames[n % FirstNames.Length]}.{n}";
    }

    /// <summary>A host of one kind, such as lnx0042; <paramref name="share"/> is its part of the 50,000 log sources in thousandths.</summary>
    public string Host(string prefix, int share) => prefix + Skewed(Scaled(50 * share)).ToString("0000", CultureInfo.InvariantCulture);

    /// <summary>An inside address, 10.0.0.0/8.</summary>
    public string Inside()
    {
        int n = Skewed(Scaled(250_000));
        return $"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}";
    }

    /// <summary>An outside address, spread over public space, the same few often.</summary>
    public string Outside()
    {
        uint n = (uint)Skewed(Scaled(250_000)) * 2_654_435_761u;
        return $"{20 + (n >> 24) % 180}.{n >> 16 & 255}.{n >> 8 & 255}.{1 + n % 254}";
    }

    public string Mac() => string.Create(CultureInfo.InvariantCulture,
        $"52:54:00:{_random.Next(256):x2}:{_random.Next(256):x2}:{_random.Next(256):x2}");
}
