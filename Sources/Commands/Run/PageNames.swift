import Foundation

/// Where the pages of a run lie, and how they name each other.
struct PageNames {
  /// The page of the day.
  let day: String
  /// The page of the last 30 days, in the same folder.
  let month: String

  init(_ path: String) {
    let file = URL(filePath: path)
    let (stem, end) = (file.deletingPathExtension().lastPathComponent, file.pathExtension)
    day = path
    month = file.deletingLastPathComponent().appending(path: "\(stem)-30-days" + (end.isEmpty ? "" : ".\(end)"))
      .path(percentEncoded: false)
  }

  var all: [String] { [day, month] }

  /// The address of one from the other.
  var dayAddress: String { Self.address(day) }
  var monthAddress: String { Self.address(month) }

  /// Relative, and never taken for a scheme or for another folder.
  private static func address(_ path: String) -> String {
    let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    let name = URL(filePath: path).lastPathComponent
    return "./" + (name.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")
  }
}
