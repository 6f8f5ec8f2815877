using Portolan.Model;
using Xunit;

namespace Portolan.Tests.House;

/// <summary>What the registries hold, as one golden file: a change of a name, id or number shows in review.</summary>
public class RegistryTests
{
    [Fact]
    public void FieldIdsAreTheirPlaces()
    {
        Assert.Equal(Fields.Count, Fields.All.Count);
        Assert.All(Fields.All.Select((f, i) => (f, i)), x => Assert.Equal(x.i, x.f.Id));
        Assert.Equal(Fields.Count, Fields.All.Select(f => f.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(Fields.All, f => Assert.Equal(f.Name, f.Name.ToLowerInvariant()));
    }

    [Fact]
    public void EndpointNumbersAndIdsAreUnique()
    {
        Assert.Equal(Endpoints.All.Count, Endpoints.All.Select(e => e.Number).Distinct().Count());
        Assert.Equal(Endpoints.All.Count, Endpoints.All.Select(e => e.Id).Distinct().Count());
        Assert.All(Endpoints.All, e => Assert.InRange(e.Number, 1, 999));
    }

    [Fact]
    public void TheRegistriesAreAsRecorded()
    {
        var lines = Fields.All.Select(f => $"field {f.Id} {f.Name} {f.Kind} {f.In} {f.Origin}")
            .Concat(Endpoints.All.Select(e => $"endpoint {e.Number} {e.Id} {e.Port}/{e.Transport} {e.Default} {string.Join(' ', e.Rows)}"));
        Golden.Check("tests/Portolan.Tests/House/registries.golden", string.Join('\n', lines) + "\n");
    }
}

/// <summary>Compares text with a committed file. PORTOLAN_GOLDEN=write writes it anew for review.</summary>
static class Golden
{
    public static void Check(string path, string actual)
    {
        string full = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("PORTOLAN_GOLDEN") == "write") File.WriteAllText(full, actual);
        Assert.Equal(File.ReadAllText(full), actual);
    }
}
