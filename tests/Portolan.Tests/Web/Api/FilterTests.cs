using System.Text.Json.Nodes;
using Portolan.Web.Api;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Api;

public sealed class FilterTests
{
    static readonly JsonObject[] Objects =
    [
        Parsed("""{"id":1,"name":"rest_api_samples_ips","status":"OPEN","number_of_elements":0,"protected":false,"close_time":null,"rules":[{"id":7,"type":"CRE_RULE"}],"categories":["Firewall Deny"],"health":{"status":"ERROR"},"interfaces":[]}"""),
        Parsed("""{"id":2,"name":"O'Neil 100%","status":"CLOSED","number_of_elements":12,"protected":true,"close_time":1600000000000,"rules":[{"id":7,"type":"X"},{"id":10,"type":"CRE_RULE"}],"categories":[],"health":{"status":"OK"},"interfaces":[{"mac":null,"ip_addresses":[{"value":"1.2.3.4"},{"value":"1.2.3.5"}]}]}"""),
        Parsed("""{"id":10,"name":"rest_api_zzz","status":"HIDDEN","number_of_elements":2.5,"protected":false,"close_time":0,"rules":[],"categories":["Root Login"],"health":{"status":"OK"},"interfaces":[{"mac":"a","ip_addresses":[]}]}"""),
    ];

    static JsonObject Parsed(string text) => JsonNode.Parse(text)!.AsObject();

    [Theory]
    [InlineData("", "1 2 10")]
    [InlineData("id = 1", "1")]
    [InlineData("id=10", "10")]
    [InlineData("id != 2", "1 10")]
    [InlineData("id > 2", "10")]
    [InlineData("id >= 2 and id < 10", "2")]
    [InlineData("number_of_elements <= 2.5", "1 10")]
    [InlineData("id in (1,2)", "1 2")]
    [InlineData("id not in (1, 2)", "10")]
    [InlineData("status=\"OPEN\"", "1")]
    [InlineData("status = 'OPEN' OR status = HIDDEN", "1 10")]
    [InlineData("name between rest_api_samples and rest_api_samplet", "1")]
    [InlineData("name between rest_api_samples and rest_api_samplet and number_of_elements > 0", "")]
    [InlineData("name between \"rest_api\" and 'rest_api_zzz'", "1 10")]
    [InlineData("id not between 2 and 10", "1")]
    [InlineData("close_time is null", "1")]
    [InlineData("close_time is not null", "2 10")]
    [InlineData("close_time > 0", "2")]
    [InlineData("protected = True", "2")]
    [InlineData("not protected = true", "1 10")]
    [InlineData("not (id = 1 or id = 2)", "10")]
    [InlineData("id = 1 or id = 2 and status = OPEN", "1")]
    [InlineData("(id = 1 or id = 2) and status = CLOSED", "2")]
    [InlineData("name like 'rest%'", "1 10")]
    [InlineData("name like 'REST%'", "")]
    [InlineData("name ilike '%API_z__'", "10")]
    [InlineData("name not like '%_%\'", "")]
    [InlineData("name = 'O''Neil 100%'", "2")]
    [InlineData("categories contains \"Root Login\"", "10")]
    [InlineData("rules contains id = 7", "1 2")]
    [InlineData("rules contains (id = 10 and type = \"CRE_RULE\")", "2")]
    [InlineData("not rules contains type = 'CRE_RULE'", "10")]
    [InlineData("interfaces contains ip_addresses contains value = \"1.2.3.4\"", "2")]
    [InlineData("health(status) = ERROR", "1")]
    [InlineData("health.status = 'OK' and id > 2", "10")]
    [InlineData("id = abc", "")]
    public void Objects_that_meet_it_stay(string filter, string expected) =>
        Assert.Equal(expected, string.Join(' ', Objects.Where<JsonNode>(Filter.Parse(filter)).Select(o => o!["id"]!.ToJsonString())));

    [Theory]
    [InlineData("id")]
    [InlineData("id =")]
    [InlineData("= 1")]
    [InlineData("id = 1 and")]
    [InlineData("id = 1 2")]
    [InlineData("(id = 1")]
    [InlineData("id = 1)")]
    [InlineData("id in 1")]
    [InlineData("id in ()")]
    [InlineData("id between 1")]
    [InlineData("id is 3")]
    [InlineData("name = 'open")]
    [InlineData("id not = 1")]
    [InlineData("'id' = 1")]
    [InlineData("nowhere = 1")]
    [InlineData("health(nowhere) = 1")]
    [InlineData("!")]
    public void What_is_no_filter_is_refused_with_the_code_for_it(string filter)
    {
        var fault = Assert.Throws<HttpFault>(() => Objects.Where<JsonNode>(Filter.Parse(filter)).Count());
        Assert.Equal((422, 1010), (fault.Status, fault.Code));
    }

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        foreach (string filter in new[] { new string('(', 5000) + "id=1", string.Concat(Enumerable.Repeat("not ", 5000)) + "id=1", string.Concat(Enumerable.Repeat("rules contains ", 900)) + "id=1",
            string.Concat(Enumerable.Repeat("id=1 or ", 5000)) + "id=1" })
            Assert.Equal(1010, Assert.Throws<HttpFault>(() => Filter.Parse(filter)).Code);
    }
}
