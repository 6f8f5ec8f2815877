using System.Runtime.CompilerServices;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests;

public class AddressTableTests
{
    // The oracle is a dictionary: 20,000 addresses of both families in three domains, each asked for before and after it is added.
    [Fact]
    public void ItHoldsWhatADictionaryHolds()
    {
        var random = new Random(1);
        var table = new AddressTable<long>();
        var oracle = new Dictionary<(int, Address), long>();
        for (int i = 0; i < 20_000; i++)
        {
            var address = random.Next(2) == 0
                ? Address.FromV4((uint)random.Next(1, 9000))
                : new Address(new UInt128(0x2001_0db8_0000_0000UL | (uint)random.Next(4), (uint)random.Next(1, 3000)));
            int domain = random.Next(3);
            bool known = oracle.ContainsKey((domain, address));
            Assert.Equal(!known, Unsafe.IsNullRef(ref table.Find(domain, address)));
            ref long value = ref table.Add(domain, address, out bool isNew);
            Assert.Equal(!known, isNew);
            Assert.Equal(oracle.GetValueOrDefault((domain, address)), value);
            oracle[(domain, address)] = value = i + 1;
        }
        Assert.Equal(oracle.Count, table.Count);
        int rows = 0;
        foreach (var row in table)
        {
            Assert.Equal(oracle[(row.Domain, row.Address)], row.Value);
            rows++;
        }
        Assert.Equal(oracle.Count, rows);
    }

    [Fact]
    public void TheAbsentAddressIsInNoTable()
    {
        var table = new AddressTable<int>();
        Assert.True(Unsafe.IsNullRef(ref table.Find(0, default)));
        Assert.Throws<ArgumentException>(() => table.Add(0, default, out _));
    }

    [Fact]
    public void WhatACheckpointWriterWritesABinaryReaderReads()
    {
        var to = new MemoryStream();
        string[] texts = ["", "a", new('b', 127), new('ü', 100), new('c', 70_000)];
        using (var w = new CheckpointWriter(to))
        {
            w.Write(-7);
            w.Write(long.MaxValue);
            foreach (string text in texts) w.Write(text);
            foreach (string text in texts) w.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }
        to.Position = 0;
        using var r = new BinaryReader(to);
        Assert.Equal(-7, r.ReadInt32());
        Assert.Equal(long.MaxValue, r.ReadInt64());
        foreach (string text in texts.Concat(texts)) Assert.Equal(text, r.ReadString());
        Assert.Equal(to.Length, to.Position);
    }
}
