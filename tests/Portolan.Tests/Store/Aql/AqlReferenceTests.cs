using Portolan.Store.Aql;
using Portolan.Tests.Collect;
using Xunit;

namespace Portolan.Tests.Store.Aql;

public class AqlReferenceTests
{
    [Fact]
    public void The_reference_holds_the_functions_there_are() =>
        Assert.Contains(AqlReference.Markdown(), File.ReadAllText(Path.Combine(Repository.Root, "docs", "aql.md")),
            StringComparison.Ordinal);
}
