using Portolan.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Files;

public sealed class DataLockTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("moved")]
    [InlineData("a folder above it moved")]
    [InlineData("removed")]
    [InlineData("replaced")]
    public void WhoOwnsADirectorySeesThatItIsNoLongerThere(string what)
    {
        string above = Path.Combine(_folder, "above"), data = Path.Combine(above, "data");
        Assert.True(DataLock.TryTake(data, out var taken, out _));
        using (taken)
        {
            Assert.True(taken!.IsInPlace);
            File.WriteAllText(Path.Combine(data, "lock.other"), "");
            Assert.True(taken.IsInPlace);
            switch (what)
            {
                case "moved":
                    Directory.Move(data, data + ".old");
                    Directory.CreateDirectory(data);
                    break;
                case "a folder above it moved":
                    Directory.Move(above, above + ".old");
                    break;
                case "removed":
                    Directory.Delete(data, true);
                    break;
                default:
                    File.Move(Path.Combine(data, "lock.other"), Path.Combine(data, "lock"), overwrite: true);
                    break;
            }
            Assert.False(taken.IsInPlace);
        }
    }

    [Theory]
    [InlineData("another directory", false)]
    [InlineData("nothing", false)]
    [InlineData("a file", false)]
    [InlineData("the same directory, renamed", true)]
    [InlineData("itself, so that nobody can say", true)]
    public void WhereALinkLeadsIsWhatCounts(string to, bool inPlace)
    {
        string target = Path.Combine(_folder, "target"), other = Path.Combine(_folder, "other"), data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(target);
        Directory.CreateSymbolicLink(data, target);
        Assert.True(DataLock.TryTake(data, out var taken, out _));
        using (taken)
        {
            Assert.True(taken!.IsInPlace);
            string leads = other;
            switch (to)
            {
                case "another directory":
                    DataLock.Take(other).Dispose();
                    break;
                case "nothing":
                    break;
                case "a file":
                    File.WriteAllText(other, "");
                    break;
                case "the same directory, renamed":
                    Directory.Move(target, other);
                    break;
                default:
                    leads = data;
                    break;
            }
            File.Delete(data);
            File.CreateSymbolicLink(data, leads);
            Assert.Equal(inPlace, taken.IsInPlace);
        }
    }
}
