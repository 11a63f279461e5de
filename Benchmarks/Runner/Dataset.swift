import BenchmarkKit
import Foundation

/// Data that can be generated, by its name.
enum Dataset: Hashable {
  /// A debug log of a shape and size.
  case log(LogShape, bytes: Int, part: Int)
  /// A log of so many short requests.
  case requests(Int)
  /// So many transcripts, of so many bytes together.
  case transcripts(files: Int, bytes: Int)
  /// Records of other routers, or telemetry.
  case records(RecordKind, bytes: Int)

  init?(name: String) {
    let words = name.split(separator: "-").map(String.init)
    let numbers = words.dropFirst().compactMap { Int($0) }
    switch (words.first, words.count, numbers.count) {
    case ("requests", 2, 1): self = .requests(numbers[0])
    case ("transcripts", 3, 2): self = .transcripts(files: numbers[0], bytes: numbers[1])
    case (let kind?, 2, 1):
      guard let kind = RecordKind(rawValue: kind) else { return nil }
      self = .records(kind, bytes: numbers[0])
    case (let shape?, 3, 2):
      guard let shape = LogShape(rawValue: shape) else { return nil }
      self = .log(shape, bytes: numbers[0], part: numbers[1])
    default: return nil
    }
  }

  var name: String {
    switch self {
    case .log(let shape, let bytes, let part): "\(shape.rawValue)-\(bytes)-\(part)"
    case .requests(let count): "requests-\(count)"
    case .transcripts(let files, let bytes): "transcripts-\(files)-\(bytes)"
    case .records(let kind, let bytes): "\(kind.rawValue)-\(bytes)"
    }
  }

  /// About what it takes on the disk.
  var bytes: Int {
    switch self {
    case .log(_, let bytes, _), .transcripts(_, let bytes), .records(_, let bytes): bytes
    case .requests(let count): count * 700
    }
  }

  func path(in folder: URL) -> URL {
    if case .transcripts = self { return folder.appending(path: name) }
    return folder.appending(path: "\(name).log")
  }

  private func truthPath(in folder: URL) -> URL { folder.appending(path: "\(name).truth.json") }

  /// The truth of data that is there and whole.
  func truth(in folder: URL) -> Truth? {
    guard let data = try? Data(contentsOf: truthPath(in: folder)),
      let truth = try? JSONDecoder().decode(Truth.self, from: data), truth.version == Truth.currentVersion
    else { return nil }
    if case .transcripts = self { return truth }
    let size = try? path(in: folder).resourceValues(forKeys: [.fileSizeKey]).fileSize
    return size == truth.bytes ? truth : nil
  }

  /// Writes the data, and last its truth.
  func generate(in folder: URL) throws {
    let path = path(in: folder)
    try? FileManager.default.removeItem(at: truthPath(in: folder))
    try? FileManager.default.removeItem(at: path)
    let truth =
      switch self {
      case .log(let shape, let bytes, let part):
        try RouterLog.write(to: path, shape: shape, bytes: bytes, part: part)
      case .requests(let count): try RequestLog.write(to: path, requests: count)
      case .transcripts(let files, let bytes): try Transcripts.write(to: path, files: files, bytes: bytes)
      case .records(let kind, let bytes): try RouterRecords.write(to: path, kind: kind, bytes: bytes)
      }
    try JSONEncoder().encode(truth).write(to: truthPath(in: folder), options: .atomic)
  }
}
