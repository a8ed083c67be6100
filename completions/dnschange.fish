# fish completion for dnschange: the program knows its own words.
function __dnschange_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c dnschange -f -n 'test (count (__dnschange_complete)) -gt 0' -a '(__dnschange_complete)'
