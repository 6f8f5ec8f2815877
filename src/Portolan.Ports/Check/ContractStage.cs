using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Ports.Check;

/// <summary>Writes <c>contractverdict</c> and <c>contractid</c> of every row that names both ends of a connection.</summary>
public sealed class ContractStage(IContractLookup contract) : IStage
{
    public string Name => "contract";

    public void Process(EventBatch batch, int from, int to)
    {
        if (!batch.Has(Fields.SourceIp) || !batch.Has(Fields.DestinationIp)) return;
        var source = batch.Addresses(Fields.SourceIp);
        var destination = batch.Addresses(Fields.DestinationIp);
        long[] sourcePort = batch.Numbers(Fields.SourcePort), port = batch.Numbers(Fields.DestinationPort);
        long[] protocol = batch.Numbers(Fields.ProtocolId), domain = batch.Numbers(Fields.DomainId);
        Slice[] verdicts = batch.Texts(Fields.ContractVerdict), ids = batch.Texts(Fields.ContractId);
        Slice permitted = batch.Constant("permitted"), not = batch.Constant("not permitted"), undeclared = batch.Constant("not declared");
        for (int row = from; row < to; row++)
        {
            if (source[row].IsAbsent || destination[row].IsAbsent) continue;
            var verdict = contract.Check((int)domain[row], source[row], destination[row], (int)port[row], (int)protocol[row], out string? id);
            // Who began is not known: a connection that may be the permitted one is no breach.
            if (verdict == ContractVerdict.NotPermitted && batch.DirectionUnknown[row] && contract.Check((int)domain[row], destination[row],
                source[row], (int)sourcePort[row], (int)protocol[row], out string? reverse) == ContractVerdict.Permitted)
            {
                (verdict, id) = (ContractVerdict.Permitted, reverse);
            }
            verdicts[row] = verdict switch
            {
                ContractVerdict.Permitted => permitted,
                ContractVerdict.NotPermitted => not,
                _ => undeclared,
            };
            if (id != null) ids[row] = batch.Constant(id);
        }
    }
}
