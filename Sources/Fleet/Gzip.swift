import CZlib

/// Compresses what is sent, as fast as it goes.
package enum Gzip {
  /// The bytes as a gzip member (RFC 1952); `nil` where zlib has no memory for it.
  package static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    // Stays where it is: zlib's own state points back to it.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    // 16 more bits of window mean a gzip header.
    let begun = unsafe deflateInit2_(
      stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard begun == Z_OK else { return nil }
    defer { unsafe _ = deflateEnd(stream) }
    var input = bytes
    let room = unsafe Int(deflateBound(stream, UInt(bytes.count)))
    var status = Z_OK
    let output = unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
      unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe stream.pointee.next_in = input.baseAddress
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(room)
        status = unsafe deflate(stream, Z_FINISH)
      }
      count = unsafe Int(stream.pointee.total_out)
    }
    return status == Z_STREAM_END ? output : nil
  }
}
