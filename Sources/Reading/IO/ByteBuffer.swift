/// A buffer between a source of bytes and whoever takes them.
extension [UInt8] {
  /// Copies as many bytes as there is room for from a place on.
  /// - Returns: how many.
  mutating func fill(from start: Int, with bytes: ArraySlice<UInt8>) -> Int {
    let length = Swift.min(bytes.count, count - start)
    replaceSubrange(start..<(start + length), with: bytes.prefix(length))
    return length
  }

  /// Reads on behind the bytes that are pending. They move to the front where there is room before them; a buffer that
  /// they fill grows.
  /// - Returns: whether there was more.
  mutating func refill<Source: ByteSource & ~Copyable>(
    _ pending: inout Range<Int>, from source: inout Source
  ) throws(LogError) -> Bool {
    if pending.lowerBound > 0 {
      replaceSubrange(0..<pending.count, with: Array(self[pending]))
      pending = 0..<pending.count
    } else if pending.count == count {
      append(contentsOf: repeatElement(0, count: count))
    }
    let read = try source.read(into: &self, from: pending.upperBound)
    pending = pending.lowerBound..<(pending.upperBound + read)
    return read > 0
  }
}
