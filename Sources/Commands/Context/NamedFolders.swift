import Foundation
import Reading

/// Whether the variables that name files are text. Foundation replaces bytes that are not UTF-8, so that every file would
/// stand in another folder.
enum NamedFolders {
  private static let variables =
    ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", Settings.configVariable] + SettingKey.all.map(\.variable)

  /// Why the program cannot find its files; `nil` where it can.
  static func problem() -> CommandFailure? {
    for name in variables {
      guard let bytes = bytes(of: name), String(validating: bytes, as: UTF8.self) == nil else { continue }
      return CommandFailure(
        "\(name) is \(PathText.shown(PathText.text(bytes))), which is not UTF-8: ccr-audit reads logs of such names, and "
          + "keeps no file of its own there", hint: "set \(name) to a path in UTF-8")
    }
    return nil
  }

  private static func bytes(of variable: String) -> [UInt8]? {
    unsafe getenv(variable).map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
  }

  /// The folder that this process runs in, whatever its bytes. Where that was removed, a place below a device, where nothing
  /// is or can be made: `.` must not become the whole file system.
  static func current() -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard unsafe getcwd(&buffer, buffer.count) != nil else { return "/dev/null/(the current folder was removed)" }
    return PathText.text(buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)))
  }
}
