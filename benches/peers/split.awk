# The split by commas alone: wrong where a quoted field has a comma or a line end in it.
# mawk -v permitted=FILE -v withheld=FILE -f split.awk INPUT
BEGIN { FS = "," }
NR == 1 {
    print > permitted
    print $0 ",withheld_reasons" > withheld
    next
}
{
    reasons = ""
    known = ($15 == "2014-03" || $15 == "2016-09") && ($13 == "online" || $13 == "offline")
    if (!known) reasons = reasons " notice-unknown"
    else if ($15 == "2014-03" ? $14 < "2014-03-01" || $14 >= "2016-09-01" : $14 < "2016-09-01")
        reasons = reasons " notice-not-in-force"
    if ($16 == "N") reasons = reasons " consent-refused"
    else if ($16 != "Y") reasons = reasons " consent-unknown"
    if (known && $14 <= ($13 == "online" ? "2015-05-05" : "2014-05-05")) reasons = reasons " consent-expired"
    if ($14 > "2017-05-05") reasons = reasons " captured-after-delivery"
    if (index($17, "postal") == 0) reasons = reasons " channel-not-consented"
    if (reasons == "") print > permitted
    else print $0 "," substr(reasons, 2) > withheld
}
