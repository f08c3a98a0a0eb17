namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives: a type of device and, where there are several, which one.</summary>
    public class Device
    {
        public DeviceType type { get; }

        public int index { get; } = -1;

        public Device(string description)
        {
            var parts = description.Split(':');
            type = Parse(parts[0]);
            index = parts.Length == 1 ? NoIndex(type) : int.TryParse(parts[1], out var i) && i >= 0 && parts.Length == 2 ? i
                : throw new ArgumentException($"'{description}' names no device: write a type and an index, as in 'cuda:0'.");
        }

        public Device(string deviceType, int index = -1) : this(Parse(deviceType), index) { }

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index < 0 ? NoIndex(deviceType) : index);

        public Device(int index) => (type, this.index) = (DeviceType.CUDA, index);

        public override string ToString() => type == DeviceType.CPU || index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        public static implicit operator Device(string description) => new(description);

        internal long Packed => ((long)type << 8) | (byte)(type == DeviceType.CPU ? -1 : index);

        // "cuda" alone is the first GPU.
        private static int NoIndex(DeviceType type) => type == DeviceType.CUDA ? 0 : -1;

        private static DeviceType Parse(string name) => Enum.TryParse<DeviceType>(name, true, out var type) && !char.IsDigit(name[0])
            ? type : throw new ArgumentException($"'{name}' names no device type: write cpu or cuda.");
    }
}
